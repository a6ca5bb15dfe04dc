// Where a person writes: slash commands with their hints, plain messages, shortcuts; a draft for each place.
import { html, useHere, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Icon } from "./icons.js";
import { Popup, walkItems } from "./popup.js";
import { slackbotSays, store } from "./store.js";

const drafts = new Map();

async function send(here, channel, threadTs, text) {
  const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (!command) {
    sayRefusal(
      here,
      await post("say", { user: here.user.id, channel, text, ...(threadTs && { thread_ts: threadTs }) }),
    );
  } else if (!store.app.commands.some((known) => known.command === command)) {
    slackbotSays(here.user.id, channel, here.t("notACommand", { command }), threadTs);
  } else if (threadTs) {
    slackbotSays(here.user.id, channel, here.t("notInThread", { command }), threadTs);
  } else {
    sayRefusal(here, await post("command", { user: here.user.id, channel, command, text: rest.trim() }));
  }
}

function hintsFor(text) {
  const [, word, rest] = /^(\/\S*)(\s?)$/.exec(text) ?? [];
  if (!word) return [];
  return store.app.commands.filter(({ command }) => (rest ? command === word : command.startsWith(word)));
}

function Hints({ hints, active, onPick }) {
  const here = useHere();
  return html`<div class="hints"><div class="hints__head">${here.t("commands")}</div>
    <div role="listbox" id="command-hints" aria-label=${here.t("commands")}>${hints.map(
      (hint, index) => html`
      <div role="option" id=${`command-hint-${index}`} aria-selected=${index === active}
        class=${classes("hint", index === active && "option--active")}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => onPick(hint)}>
        <span><b>${hint.command}</b> <span class="hint__usage">${hint.usage_hint}</span>
          <small>${hint.description}</small></span>
        <span class="hint__app">${store.app.name}</span></div>`,
    )}</div></div>`;
}

function Shortcuts() {
  const here = useHere();
  const [open, setOpen] = useState(false);
  const trigger = useRef();
  const close = (refocus) => {
    setOpen(false);
    if (refocus) trigger.current.focus();
  };
  const run = async (callbackId) => {
    close(true);
    sayRefusal(here, await post("shortcut", { user: here.user.id, callback_id: callbackId }));
  };
  return html`<button type="button" class="icon-button" ref=${trigger} aria-haspopup="menu"
    aria-expanded=${open} aria-label=${here.t("shortcuts")}
      title=${here.t("shortcuts")} onClick=${() => setOpen(!open)}><${Icon} name="bolt" size=${18} /></button>
    ${
      open &&
      html`<${Popup} anchor=${trigger} onClose=${close} width=${320}>
      <div role="menu" class="menu" aria-label=${here.t("shortcuts")} onKeyDown=${walkItems}>
        <div class="menu__head" role="presentation">${store.app.name}</div>
        ${store.app.shortcuts.map(
          (shortcut) => html`<button type="button" role="menuitem" class="menu__item"
          onClick=${() => run(shortcut.callback_id)}>${shortcut.name}<small>${shortcut.description}</small>
            </button>`,
        )}
        ${!store.app.shortcuts.length && html`<div class="options__empty">${here.t("noShortcuts")}</div>`}
      </div><//>`
    }`;
}

const MARKS = [
  ["bold", "*", "B"],
  ["italic", "_", "I"],
  ["strike", "~", "S"],
  ["code", "`", "</>"],
];

function wrapSelection(area, mark) {
  const { selectionStart: start, selectionEnd: end } = area;
  area.setRangeText(mark + area.value.slice(start, end) + mark, start, end, "select");
  area.setSelectionRange(start + 1, end + 1);
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function useDraft(key) {
  const [text, setText] = useState(drafts.get(key) ?? "");
  const area = useRef();
  useLayoutEffect(() => {
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  return [
    text,
    (next) => {
      drafts.set(key, next);
      setText(next);
    },
    area,
  ];
}

function useHints(text, setText) {
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState(null);
  const hints = dismissed === text ? [] : hintsFor(text);
  const active = Math.min(chosen, hints.length - 1);
  const pick = (hint) => setText(`${hint.command} `);
  const keys = (event) => {
    if (!hints.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const complete = hints[active].command !== text.trim();
    if (step) setChosen((active + step + hints.length) % hints.length);
    else if (event.key === "Escape") setDismissed(text);
    else if ((event.key === "Tab" || event.key === "Enter") && complete) pick(hints[active]);
    else return false;
    return true;
  };
  return { hints, active, pick, keys };
}

export function Composer({ channelId, threadTs, label }) {
  const here = useHere();
  const [text, setText, area] = useDraft(`${here.user.id} ${channelId} ${threadTs ?? ""}`);
  const { hints, active, pick, keys } = useHints(text, setText);
  const sendNow = () => {
    if (!text.trim()) return;
    setText("");
    send(here, channelId, threadTs, text.startsWith("/") ? text.trim() : text);
    area.current.focus();
  };
  const keyDown = (event) => {
    const taken = keys(event);
    if (!taken && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!taken) sendNow();
  };
  return html`<div class="composer-room"><div class="composer">
    ${hints.length > 0 && html`<${Hints} hints=${hints} active=${active} onPick=${pick} />`}
    <div class="composer__format">${MARKS.map(
      ([word, mark, face]) => html`<button type="button" class=${`icon-button mark mark--${word}`}
      aria-label=${here.t(word)} title=${here.t(word)} onPointerDown=${(event) => event.preventDefault()}
      onClick=${() => wrapSelection(area.current, mark)}>${face}</button>`,
    )}</div>
    <textarea class="composer__text" ref=${area} rows="1" aria-label=${label} placeholder=${label} value=${text}
      aria-autocomplete="list" aria-controls=${hints.length ? "command-hints" : undefined}
      aria-activedescendant=${hints.length ? `command-hint-${active}` : undefined}
      onInput=${(event) => setText(event.target.value)} onKeyDown=${keyDown}></textarea>
    <div class="composer__foot"><${Shortcuts} /><span class="grow"></span>
      <button type="button" class=${classes("send", text.trim() && "send--ready")} aria-label=${here.t("send")}
        title=${here.t("send")}
        aria-disabled=${!text.trim()} onClick=${sendNow}><${Icon} name="send" size=${18} /></button></div>
  </div></div>`;
}
