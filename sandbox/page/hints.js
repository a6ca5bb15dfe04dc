// What the composer offers while somebody types: slash commands, the words after them, the names of emoji.
import { html, useViewer, useState, classes } from "./kit.js";
import { emojiLike, emojiNode } from "./emoji.js";
import { broadcasts, calledPeople, namedChannels } from "./mentions.js";
import { allOf } from "./store.js";

const MOST = 8;

/* The words that a command's own hint names: "[help | change | cancel]". */
const wordsOf = (command) => command.usage_hint.split(/[^\p{L}\p{N}-]+/u).filter(Boolean);

function commandHints(text) {
  const [, word] = /^(\/\S*)$/.exec(text) ?? [];
  if (!word) return null;
  return allOf("commands")
    .filter(({ command }) => command.startsWith(word))
    .map((known) => ({
      text: `${known.command} `,
      shown: known.command,
      usage: known.usage_hint,
      about: known.description,
      by: known.app.name,
      whole: known.command === word,
    }));
}

function wordHints(text) {
  const [, name, part] = /^(\/\S+) (\S*)$/.exec(text) ?? [];
  const known = name && allOf("commands").find(({ command }) => command === name);
  if (!known) return null;
  return wordsOf(known)
    .filter((word) => word.startsWith(part.toLowerCase()))
    .slice(0, MOST)
    .map((word) => ({
      text: `${name} ${word} `,
      shown: `${name} ${word}`,
      whole: word === part,
      optional: !part,
    }));
}

function emojiHints(text) {
  const [, before, part] = /^([\s\S]*(?:^|\s)):([a-z0-9_+-]{2,})$/.exec(text) ?? [];
  if (!part) return null;
  return emojiLike(part, MOST).map((name) => ({
    text: `${before}:${name}: `,
    head: "emoji",
    shown: html`${emojiNode(name)} :${name}:`,
  }));
}

function mentionHints(text) {
  const [, before, sign, part] = /^([\s\S]*(?:^|\s))([@#])([\p{L}\p{N}._-]*)$/u.exec(text) ?? [];
  if (!sign) return null;
  const head = sign === "#" ? "channels" : "people";
  const like = (name) => name.toLowerCase().includes(part.toLowerCase());
  const offered = (name, about) => ({
    text: `${before}${sign}${name} `,
    shown: `${sign}${name}`,
    about,
    head,
  });
  if (sign === "#") {
    const channels = namedChannels().filter(({ name }) => like(name));
    return channels.slice(0, MOST).map(({ name, topic }) => offered(name, topic));
  }
  const people = calledPeople().filter((user) => like(user.real_name) || like(user.name ?? ""));
  const all = broadcasts().filter((range) => part && range.startsWith(part.toLowerCase()));
  return [
    ...people.map((user) => offered(user.real_name, user.title)),
    ...all.map((range) => offered(range)),
  ].slice(0, MOST);
}

export function useHints(text, setText) {
  const [walked, setWalked] = useState({ text: null, to: 0 });
  const [dismissed, setDismissed] = useState(null);
  const hints =
    dismissed === text
      ? []
      : (commandHints(text) ?? wordHints(text) ?? mentionHints(text) ?? emojiHints(text) ?? []);
  // Nothing is chosen for who has typed no letter of the next word: Enter then sends what stands there.
  const first = hints[0]?.optional ? -1 : 0;
  const active = walked.text === text ? walked.to : first;
  const pick = (hint) => setText(hint.text);
  const walk = (step) => {
    const from = active < 0 && step < 0 ? 0 : active;
    setWalked({ text, to: (from + step + hints.length) % hints.length });
  };
  const keys = (event) => {
    if (!hints.length || event.shiftKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) walk(step);
    else if (event.key === "Escape") setDismissed(text);
    else if (event.key === "Tab") pick(hints[Math.max(active, 0)]);
    else if (event.key === "Enter" && active >= 0 && !hints[active].whole) pick(hints[active]);
    else return false;
    return true;
  };
  return { hints, active, pick, keys };
}

export function Hints({ hints, active, onPick }) {
  const viewer = useViewer();
  const head = viewer.t(hints[0].head ?? "commands");
  return html`<div class="hints"><div class="hints__head">${head}</div>
    <div role="listbox" id="command-hints" aria-label=${head}>${hints.map(
      (hint, index) => html`
      <div role="option" id=${`command-hint-${index}`} aria-selected=${index === active}
        class=${classes("hint", index === active && "option--active")}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => onPick(hint)}>
        <span><b>${hint.shown}</b>${hint.usage && html` <span class="hint__usage">${hint.usage}</span>`}
          ${hint.about && html`<small>${hint.about}</small>`}</span>
        ${hint.by && html`<span class="hint__app">${hint.by}</span>`}</div>`,
    )}</div></div>`;
}
