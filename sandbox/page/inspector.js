// The inspector's tab: everything that went over the wire between the pretend Slack and the app.
import { html, useHere, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { get } from "./api.js";
import { Icon } from "./icons.js";
import { subscribe } from "./store.js";

const SHOWN = 200;
const CALM_MS = 300;

/* The log is fetched anew when things have been calm for a moment after a change. */
function useLog() {
  const [log, setLog] = useState(null);
  const timer = useRef(0);
  useLayoutEffect(() => {
    let current = true;
    const fetchLog = async () => {
      const answer = await get("log");
      if (current && answer) setLog(answer.log);
    };
    const later = () => {
      clearTimeout(timer.current);
      timer.current = setTimeout(fetchLog, CALM_MS);
    };
    fetchLog();
    const leave = subscribe(later);
    return () => {
      current = false;
      leave();
      clearTimeout(timer.current);
    };
  }, []);
  return log;
}

const isBad = (entry) => entry.status >= 400 || entry.response?.ok === false;

function Entry({ entry }) {
  const here = useHere();
  const [open, setOpen] = useState(false);
  const out = entry.direction === "delivery";
  return html`<li class="wire"><button type="button" class="wire__line" aria-expanded=${open}
    onClick=${() => setOpen(!open)}>
      <${Icon} name=${open ? "down" : "right"} size=${14} />
      <span class=${out ? "wire__way wire__way--out" : "wire__way"}>${here.t(out ? "delivery" : "call")}</span>
      <span class="wire__method">${entry.method}</span>
      <span class=${classes("wire__status", isBad(entry) && "wire__status--bad")}>${entry.status}</span>
      <span class="wire__ms">${Math.round(entry.ms)} ms</span></button>
    ${
      open &&
      html`<div class="wire__body"><h4>${here.t("payload")}</h4><pre>${JSON.stringify(entry.payload, null, 2)}</pre>
      <h4>${here.t("answer")}</h4><pre>${JSON.stringify(entry.response, null, 2)}</pre></div>`
    }</li>`;
}

export function Inspector() {
  const here = useHere();
  const log = useLog();
  if (!log) return html`<p class="drawer__hint" role="status">${here.t("loading")}</p>`;
  if (!log.length) return html`<p class="drawer__hint">${here.t("noLog")}</p>`;
  const first = Math.max(0, log.length - SHOWN);
  const newestFirst = log
    .slice(first)
    .map((entry, index) => [first + index, entry])
    .reverse();
  return html`<ul class="wires">${newestFirst.map(
    ([index, entry]) => html`<${Entry} key=${index} entry=${entry}
    />`,
  )}</ul>`;
}
