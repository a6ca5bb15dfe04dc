// What a person typed, as Slack sends it: people and channels by their ids, and no sign that could be taken for one.
import { people } from "./route.js";
import { store, userOf } from "./store.js";

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const BROADCASTS = ["here", "channel", "everyone"];

export const calledPeople = () => [...people(), ...store.apps.map((app) => userOf(app.bot_user_id))];
export const namedChannels = () => store.channels.filter((channel) => channel.name && !channel.is_mpim);
export const broadcasts = () => BROADCASTS;

function names() {
  return [
    ...calledPeople().map((user) => [`@${user.real_name}`, `<@${user.id}>`]),
    ...namedChannels().map((channel) => [`#${channel.name}`, `<#${channel.id}>`]),
    ...BROADCASTS.map((range) => [`@${range}`, `<!${range}>`]),
  ].toSorted(([a], [b]) => b.length - a.length);
}

const escaped = (text) => text.replace(/[&<>]/g, (sign) => SIGNS[sign]);
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export function asSent(text) {
  return names().reduce(
    (sent, [name, id]) =>
      sent.replace(
        new RegExp(`(?<![\\p{L}\\p{N}])${quoted(escaped(name))}(?![\\p{L}\\p{N}])`, "gu"),
        () => id,
      ),
    escaped(text),
  );
}

/* The other way round, for who edits what was sent. */
export function asTyped(text) {
  const typed = names().reduce((found, [name, id]) => found.replaceAll(id, name), text);
  return typed.replace(/&(amp|lt|gt);/g, (_, sign) => ({ amp: "&", lt: "<", gt: ">" })[sign]);
}
