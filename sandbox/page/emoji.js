// The :names: of emoji, as Slack knows them; any other name stays as it was typed.
import TABLE from "./vendor/emojibase-shortcodes-17.0.0.js";

const EMOJI = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(" ")),
);

const SKIN_TONE = /^skin-tone-\d$/;

export const emojiOf = (name) => (SKIN_TONE.test(name) ? "" : EMOJI.get(name));

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiOf(name) ?? whole);
}

/* What may follow a colon in the composer: names that begin so, then names that hold it. */
export function emojiLike(part, most) {
  const names = [...EMOJI.keys()].filter((name) => name.includes(part));
  const first = names.filter((name) => name.startsWith(part));
  return [...first, ...names.filter((name) => !name.startsWith(part))].slice(0, most);
}
