// The faults' tab: lets the next calls or deliveries go wrong on purpose, and shows what is armed.
import { html, useViewer, useLayoutEffect, useState } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { get, post } from "./api.js";
import { Icon } from "./icons.js";
import { store } from "./store.js";

const ANY = "*";

const nameOf = (method, viewer) => (method === ANY ? viewer.t("faultAny") : method);
/* All others are Slack's own words for a refusal. */
const DESCRIBED = new Set([
  "429",
  "500",
  "timeout",
  "slow",
  "lost",
  "twice",
  "late",
  "reordered",
  "followed_late",
]);
const wordsOf = (kind, viewer) =>
  DESCRIBED.has(kind) ? viewer.t(`fault_${kind}`) : viewer.t("faultRefused", { kind });

function usePossible() {
  const [possible, setPossible] = useState(null);
  useLayoutEffect(() => {
    get("faults").then(setPossible);
  }, []);
  return possible;
}

function Choice({ label, value, choices, onChoose }) {
  return html`<label class="choice"><span>${label}</span><select class="field" value=${value}
    onChange=${(event) => onChoose(event.target.value)}>${choices.map(
      ([each, words]) => html`<option value=${each} selected=${each === value}>${words}</option>`,
    )}</select></label>`;
}

function Order({ possible }) {
  const viewer = useViewer();
  const [kind, setKind] = useState("429");
  const [method, setMethod] = useState(ANY);
  const [times, setTimes] = useState(1);
  const where = possible.calls.kinds.includes(kind) ? "calls" : "deliveries";
  const kinds = [...possible.calls.kinds, ...possible.deliveries.kinds];
  const methods = [ANY, ...possible[where].methods];
  const chosen = methods.includes(method) ? method : ANY;
  const arm = async (event) => {
    event.preventDefault();
    sayRefusal(viewer, await post("faults", { kind, method: chosen, times: Number(times) }));
  };
  return html`<form class="fault-form" onSubmit=${arm}>
    <${Choice} label=${viewer.t("faultKind")} value=${kind} onChoose=${setKind}
      choices=${kinds.map((each) => [each, wordsOf(each, viewer)])} />
    <${Choice} label=${viewer.t(where === "calls" ? "faultMethod" : "faultDelivery")} value=${chosen}
      onChoose=${setMethod} choices=${methods.map((each) => [each, nameOf(each, viewer)])} />
    <label class="choice choice--times"><span>${viewer.t("faultTimes")}</span><input class="field" type="number" min="1"
      max="99" value=${times} onInput=${(event) => setTimes(event.target.value)} /></label>
    <button type="submit" class="button button--primary">${viewer.t("faultArm")}</button></form>`;
}

function Armed({ fault }) {
  const viewer = useViewer();
  const clear = () => post("clear-faults", { method: fault.method, kind: fault.kind });
  const name = `${wordsOf(fault.kind, viewer)}: ${nameOf(fault.method, viewer)}`;
  return html`<li class="armed"><span><b>${wordsOf(fault.kind, viewer)}</b>
    <small>${nameOf(fault.method, viewer)} · ${viewer.t("faultLeft", { count: fault.times })}</small></span>
    <button type="button" class="icon-button" aria-label=${viewer.t("remove", { name })} onClick=${clear}><${Icon}
      name="close" size=${16} /></button></li>`;
}

export function Faults() {
  const viewer = useViewer();
  const possible = usePossible();
  return html`<div class="faults">
    <p class="drawer__hint">${viewer.t("faultsHint")}</p>
    ${possible && html`<${Order} possible=${possible} />`}
    <h3>${viewer.t("faultsArmed")}</h3>
    ${store.faults.length === 0 && html`<p class="drawer__hint">${viewer.t("faultsNone")}</p>`}
    <ul class="armed-list">${store.faults.map((fault, index) => html`<${Armed} key=${index} fault=${fault} />`)}</ul>
    ${
      store.faults.length > 0 &&
      html`<button type="button" class="button button--small" onClick=${() => post("clear-faults", {})}>
      ${viewer.t("faultsClear")}</button>`
    }
  </div>`;
}
