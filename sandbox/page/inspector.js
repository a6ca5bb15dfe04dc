// The inspector's tab: everything that went over the wire between the pretend Slack and the app.
import { html, useViewer, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { get } from "./api.js";
import { format } from "./dates.js";
import { Icon } from "./icons.js";
import { store } from "./store.js";

const SHOWN = 200;

/* What is new is fetched as soon as the stream says that there is something. */
function useLog() {
  const [log, setLog] = useState(null);
  const last = useRef(0);
  useLayoutEffect(() => {
    let current = true;
    const fetchNew = async () => {
      const answer = await get(`log?after=${last.current}`);
      if (!current || !answer) return;
      const fresh = answer.log.filter((entry) => entry.number > last.current);
      last.current = fresh.at(-1)?.number ?? last.current;
      setLog((known) => [...(known ?? []), ...fresh]);
    };
    fetchNew();
    return () => {
      current = false;
    };
  }, [store.logged]);
  return log;
}

const isBad = (entry) => entry.status >= 400 || entry.response?.ok === false;

const KINDS = {
  everything: () => true,
  delivery: (entry) => entry.direction === "delivery",
  call: (entry) => entry.direction === "call",
  failures: (entry) => isBad(entry) || Boolean(entry.fault),
};

const holds = (entry, words) =>
  !words || JSON.stringify([entry.method, entry.payload, entry.response]).toLowerCase().includes(words);

function Entry({ entry }) {
  const viewer = useViewer();
  const [open, setOpen] = useState(false);
  const out = entry.direction === "delivery";
  const at = format(new Date(entry.at), viewer, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return html`<li class="wire"><button type="button" class="wire__line" aria-expanded=${open}
    onClick=${() => setOpen(!open)}>
      <${Icon} name=${open ? "down" : "right"} size=${14} />
      <span class=${out ? "wire__way wire__way--out" : "wire__way"}>${viewer.t(out ? "delivery" : "call")}</span>
      <span class="wire__method">${entry.method}</span>
      <span class=${classes("wire__status", isBad(entry) && "wire__status--bad")}>${entry.status ?? "–"}</span>
      <span class="wire__ms">${Math.round(entry.ms)} ms</span>
      <span class="wire__at">${at}${entry.fault && html` · <b>${viewer.t("onPurpose", { fault: entry.fault })}</b>`}</span>
      </button>
    ${
      open &&
      html`<div class="wire__body"><h4>${viewer.t("payload")}</h4><pre tabindex="0">${JSON.stringify(entry.payload, null, 2)}</pre>
      <h4>${viewer.t("answer")}</h4><pre tabindex="0">${JSON.stringify(entry.response, null, 2)}</pre></div>`
    }</li>`;
}

export function Inspector() {
  const viewer = useViewer();
  const log = useLog();
  const [kind, setKind] = useState("everything");
  const [words, setWords] = useState("");
  if (!log) return html`<p class="drawer__hint" role="status">${viewer.t("loading")}</p>`;
  const wanted = words.trim().toLowerCase();
  const found = log.filter((entry) => KINDS[kind](entry) && holds(entry, wanted));
  return html`<div class="wire-filter"><input class="field" type="search" value=${words} aria-label=${viewer.t("filter")}
      placeholder=${viewer.t("filter")} onInput=${(event) => setWords(event.target.value)} />
    <select class="field" aria-label=${viewer.t("show")} onChange=${(event) => setKind(event.target.value)}>
      ${Object.keys(KINDS).map((each) => html`<option value=${each} selected=${each === kind}>${viewer.t(each)}</option>`)}
    </select></div>
    ${found.length === 0 && html`<p class="drawer__hint">${viewer.t(log.length ? "noResults" : "noLog")}</p>`}
    <ul class="wires">${found
      .slice(-SHOWN)
      .toReversed()
      .map((entry) => html`<${Entry} key=${entry.number} entry=${entry} />`)}</ul>`;
}
