// Where a person writes: slash commands with their hints, plain messages, shortcuts; a draft for each place.
import { html, useViewer, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post, upload } from "./api.js";
import { Hints, useHints } from "./hints.js";
import { Icon } from "./icons.js";
import { asSent } from "./mentions.js";
import { Menu } from "./menu.js";
import { allOf, slackbotSays, store } from "./store.js";

const drafts = new Map();

async function send(viewer, channel, threadTs, text) {
  const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (!command) {
    sayRefusal(
      viewer,
      await post("say", {
        user: viewer.user.id,
        channel,
        text: asSent(text),
        ...(threadTs && { thread_ts: threadTs }),
      }),
    );
  } else if (!allOf("commands").some((known) => known.command === command)) {
    slackbotSays(viewer.user.id, channel, viewer.t("notACommand", { command }), threadTs);
  } else if (threadTs) {
    slackbotSays(viewer.user.id, channel, viewer.t("notInThread", { command }), threadTs);
  } else {
    const known = allOf("commands").find((one) => one.command === command);
    const words = known.should_escape ? asSent(rest.trim()) : rest.trim();
    sayRefusal(viewer, await post("command", { user: viewer.user.id, channel, command, text: words }));
  }
}

function Shortcuts() {
  const viewer = useViewer();
  const run = async (callbackId) => {
    sayRefusal(viewer, await post("shortcut", { user: viewer.user.id, callback_id: callbackId }));
  };
  const item = (shortcut, choosing) => html`<button type="button" role="menuitem" class="menu__item"
    onClick=${choosing(() => run(shortcut.callback_id))}>${shortcut.name}<small>${shortcut.description}</small></button>`;
  const ofApp = (app, choosing) => html`<div class="menu__head" role="presentation">${app.name}</div>
    ${app.shortcuts.map((shortcut) => item(shortcut, choosing))}
    ${!app.shortcuts.length && html`<div class="options__empty">${viewer.t("noShortcuts")}</div>`}`;
  const items = (choosing) => store.apps.map((app) => ofApp(app, choosing));
  const label = viewer.t("shortcuts");
  const button = { class: "icon-button", "aria-label": label, title: label };
  return html`<${Menu} button=${button} face=${html`<${Icon} name="bolt" size=${18} />`} label=${label}
    items=${items} width=${320} />`;
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

const sent = new Map();

/* The arrow up brings back what was sent from here before, the arrow down goes forward again. */
function useHistory(key, text, setText) {
  const [back, setBack] = useState(0);
  const said = sent.get(key) ?? [];
  const recalled = back > 0 && text === said[said.length - back];
  const keys = (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step || (text && !recalled)) return false;
    const next = (recalled ? back : 0) + step;
    if (next < 0 || next > said.length) return false;
    setBack(next);
    setText(next ? said[said.length - next] : "");
    return true;
  };
  const add = (line) => {
    sent.set(key, [...said.filter((one) => one !== line), line]);
    setBack(0);
  };
  return { keys, add };
}

/* Writes into the open conversation's composer, as if the person had; says whether there is one. */
export function typeForThem(text) {
  const area = document.querySelector(".conversation .composer__text");
  if (!area) return false;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  return true;
}

export function Composer({ channelId, threadTs, label }) {
  const viewer = useViewer();
  const [text, setText, area] = useDraft(`${viewer.user.id} ${channelId} ${threadTs ?? ""}`);
  const { hints, active, pick, keys } = useHints(text, setText);
  const history = useHistory(`${viewer.user.id} ${channelId}`, text, setText);
  const sendNow = () => {
    if (!text.trim()) return;
    history.add(text.trim());
    setText("");
    send(viewer, channelId, threadTs, text.startsWith("/") ? text.trim() : text);
    area.current.focus();
  };
  const sendFiles = async (event) => {
    const chosen = [...event.target.files].map((file) => upload(viewer.user.id, file));
    event.target.value = "";
    const files = (await Promise.all(chosen)).filter(Boolean).map((file) => file.id);
    if (!files.length) return;
    setText("");
    const about = { user: viewer.user.id, channel: channelId, text: asSent(text), files };
    sayRefusal(viewer, await post("say", { ...about, ...(threadTs && { thread_ts: threadTs }) }));
  };
  const keyDown = (event) => {
    const taken = history.keys(event) || keys(event);
    if (!taken && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!taken) sendNow();
  };
  return html`<div class="composer-room"><div class="composer">
    ${hints.length > 0 && html`<${Hints} hints=${hints} active=${active} onPick=${pick} />`}
    <div class="composer__format">${MARKS.map(
      ([word, mark, face]) => html`<button type="button" class=${`icon-button mark mark--${word}`}
      aria-label=${viewer.t(word)} title=${viewer.t(word)} onPointerDown=${(event) => event.preventDefault()}
      onClick=${() => wrapSelection(area.current, mark)}>${face}</button>`,
    )}</div>
    <textarea class="composer__text" ref=${area} rows="1" aria-label=${label} placeholder=${label} value=${text}
      aria-autocomplete="list" aria-controls=${hints.length ? "command-hints" : undefined}
      aria-activedescendant=${hints.length && active >= 0 ? `command-hint-${active}` : undefined}
      onInput=${(event) => setText(event.target.value)} onKeyDown=${keyDown}></textarea>
    <div class="composer__foot"><label class="icon-button" title=${viewer.t("addFiles")}><${Icon} name="file"
        size=${18} /><input class="hidden" type="file" multiple aria-label=${viewer.t("addFiles")}
        onChange=${sendFiles} /></label><${Shortcuts} /><span class="grow"></span>
      <button type="button" class=${classes("send", text.trim() && "send--ready")} aria-label=${viewer.t("send")}
        title=${viewer.t("send")}
        aria-disabled=${!text.trim()} onClick=${sendNow}><${Icon} name="send" size=${18} /></button></div>
  </div></div>`;
}
