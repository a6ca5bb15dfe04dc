// What one can do with a message under the pointer: react, answer in its thread, edit, delete, pin, use a shortcut.
import { html, useViewer } from "./kit.js";
import { confirmed, sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { AddReaction } from "./reactions.js";
import { allOf, show } from "./store.js";

const plain = (text) => ({ type: "plain_text", text });

function acts(viewer, message) {
  const { channel, ts } = message;
  const about = { user: viewer.user.id, channel, message_ts: ts };
  const send = async (gesture, more) => sayRefusal(viewer, await post(gesture, { ...about, ...more }));
  const remove = async () => {
    const [title, text] = [plain(viewer.t("deleteMessage")), plain(viewer.t("deleteSurely"))];
    const [confirm, deny] = [plain(viewer.t("delete")), plain(viewer.t("cancel"))];
    if (await confirmed({ title, text, confirm, deny, style: "danger" })) send("delete");
  };
  const own = [
    [viewer.t("editMessage"), () => show({ editing: { channel, ts } })],
    [viewer.t("deleteMessage"), remove],
  ];
  const shortcuts = allOf("message_shortcuts").map(({ name, callback_id, app }) => [
    name,
    () => send("shortcut", { callback_id }),
    app.name,
  ]);
  return [
    ...(message.user === viewer.user.id ? own : []),
    [viewer.t(message.pinned ? "unpinMessage" : "pinMessage"), () => send("pin")],
    ...shortcuts,
  ];
}

export function MessageTools({ message, inThread }) {
  const viewer = useViewer();
  const openThread = () =>
    show({ thread: { channel: message.channel, ts: message.thread_ts ?? message.ts } });
  const label = viewer.t("moreOfMessage");
  const button = { class: "icon-button", "aria-label": label, title: label };
  const items = (choosing) =>
    acts(viewer, message).map(
      ([
        name,
        act,
        by,
      ]) => html`<button type="button" role="menuitem" class="menu__item" onClick=${choosing(act)}>
        ${name}${by && html`<small>${by}</small>`}</button>`,
    );
  return html`<div class="message__tools"><${AddReaction} message=${message} />
    ${
      !inThread &&
      html`<button type="button" class="icon-button" aria-label=${viewer.t("replyInThread")}
        title=${viewer.t("replyInThread")} onClick=${openThread}><${Icon} name="reply" size=${18} /></button>`
    }
    <${Menu} button=${button} face=${html`<${Icon} name="dots" size=${18} />`} label=${label} items=${items}
      width=${240} alignEnd /></div>`;
}
