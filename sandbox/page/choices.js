// What a select can offer: its own options, groups, the workspace's people and channels, or the app's suggestions.
import { post } from "./api.js";
import { plainText } from "./mrkdwn.js";
import { people } from "./route.js";
import { store } from "./store.js";

const option = (value, text) => ({ value, text: { type: "plain_text", text } });

const peopleOptions = () => people().map((user) => option(user.id, user.real_name || user.name));

const channelOptions = (viewer) =>
  store.channels
    .filter((c) => !c.is_im && (!c.is_private || c.members?.includes(viewer.user.id)))
    .map((c) => option(c.id, `#${c.name}`));

const SOURCES = {
  users_select: peopleOptions,
  channels_select: channelOptions,
  conversations_select: channelOptions,
};

export const sourceOf = (element) => element.type.replace(/^multi_/, "");

export const isMulti = (element) => element.type.startsWith("multi_");

export const labelOf = (choice) => plainText(choice.text?.text ?? "");

function own(element, viewer) {
  const source = SOURCES[sourceOf(element)];
  if (source) return [{ options: source(viewer) }];
  const groups = element.option_groups?.map((group) => ({
    label: plainText(group.label.text),
    options: group.options,
  }));
  return groups ?? [{ options: element.options ?? [] }];
}

function matching(groups, query) {
  const wanted = query.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      options: group.options.filter((o) => labelOf(o).toLowerCase().includes(wanted)),
    }))
    .filter((group) => group.options.length);
}

export async function choicesFor(element, viewer, surface, blockId, query) {
  if (sourceOf(element) !== "external_select") return matching(own(element, viewer), query);
  if (surface.still || query.length < (element.min_query_length ?? 3)) return [];
  const where =
    surface.kind === "message"
      ? { channel: surface.channel, message_ts: surface.ts }
      : { view_id: surface.view.id };
  const answer = await post("options", {
    user: viewer.user.id,
    action_id: element.action_id,
    block_id: blockId,
    value: query,
    ...where,
  });
  return answer.ok
    ? own({ ...answer, type: "static_select" }, viewer).filter((group) => group.options.length)
    : [];
}

export const choicesAtOnce = (element, viewer, query) =>
  sourceOf(element) === "external_select" ? null : matching(own(element, viewer), query);

function chosenId(id, viewer) {
  const all = [...peopleOptions(), ...channelOptions(viewer)];
  return all.find((o) => o.value === id) ?? option(id, id);
}

/* The initial choice, always as an option (or a list of options). */
export function initialChoice(element, viewer) {
  const many =
    element.initial_options ??
    (element.initial_users ?? element.initial_channels ?? element.initial_conversations)?.map((id) =>
      chosenId(id, viewer),
    );
  if (isMulti(element)) return many ?? [];
  const id = element.initial_user ?? element.initial_channel ?? element.initial_conversation;
  return element.initial_option ?? (id ? chosenId(id, viewer) : null);
}
