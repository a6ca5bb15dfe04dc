// The :names: of emoji, as Slack knows them; any other name stays as it was typed.
import { html } from "./kit.js";
import { store } from "./store.js";
import TABLE from "./vendor/emojibase-shortcodes-17.0.0.js";

const EMOJI = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(" ")),
);

const SKIN_TONE = /^skin-tone-\d$/;

export const emojiOf = (name) => (SKIN_TONE.test(name) ? "" : EMOJI.get(aliasOf(name)));

/* The workspace has emoji of its own, some of them other names for what is there. */
const aliasOf = (name) => /^alias:(.+)$/.exec(store.emoji[name] ?? "")?.[1] ?? name;

/* A sign, or the picture of one of the workspace's own; nothing for a name that nobody knows. */
export function emojiNode(name) {
  const [plain, tone] = name.split("::");
  const url = store.emoji[aliasOf(plain)];
  if (/^https?:/.test(url ?? ""))
    return html`<img class="emoji" src=${url} alt=${`:${name}:`} title=${`:${name}:`} />`;
  const sign = emojiOf(plain);
  return sign && tone ? withTone(sign, tone) : sign;
}

const withTone = (sign, tone) => sign + String.fromCodePoint(0x1f3f9 + Number(tone.at(-1)));

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiOf(name) ?? whole);
}

/* What may follow a colon in the composer: names that begin so, then names that hold it. */
export function emojiLike(part, most) {
  const names = [...Object.keys(store.emoji), ...EMOJI.keys()].filter((name) => name.includes(part));
  const first = names.filter((name) => name.startsWith(part));
  return [...first, ...names.filter((name) => !name.startsWith(part))].slice(0, most);
}
