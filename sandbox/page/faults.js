// The faults' tab: lets the next calls or deliveries go wrong on purpose, and shows what is armed.
import { html, useHere, useLayoutEffect, useState } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { get, post } from "./api.js";
import { Icon } from "./icons.js";
import { store } from "./store.js";

const ANY = "*";

const nameOf = (method, here) => (method === ANY ? here.t("faultAny") : method);
const wordsOf = (kind, here) => here.t(`fault_${kind}`);

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
  const here = useHere();
  const [kind, setKind] = useState("429");
  const [method, setMethod] = useState(ANY);
  const [times, setTimes] = useState(1);
  const where = possible.calls.kinds.includes(kind) ? "calls" : "deliveries";
  const kinds = [...possible.calls.kinds, ...possible.deliveries.kinds];
  const methods = [ANY, ...possible[where].methods];
  const chosen = methods.includes(method) ? method : ANY;
  const arm = async (event) => {
    event.preventDefault();
    sayRefusal(here, await post("faults", { kind, method: chosen, times: Number(times) }));
  };
  return html`<form class="fault-form" onSubmit=${arm}>
    <${Choice} label=${here.t("faultKind")} value=${kind} onChoose=${setKind}
      choices=${kinds.map((each) => [each, wordsOf(each, here)])} />
    <${Choice} label=${here.t(where === "calls" ? "faultMethod" : "faultDelivery")} value=${chosen}
      onChoose=${setMethod} choices=${methods.map((each) => [each, nameOf(each, here)])} />
    <label class="choice choice--times"><span>${here.t("faultTimes")}</span><input class="field" type="number" min="1"
      max="99" value=${times} onInput=${(event) => setTimes(event.target.value)} /></label>
    <button type="submit" class="button button--primary">${here.t("faultArm")}</button></form>`;
}

function Armed({ fault }) {
  const here = useHere();
  const clear = () => post("clear-faults", { method: fault.method, kind: fault.kind });
  const name = `${wordsOf(fault.kind, here)}: ${nameOf(fault.method, here)}`;
  return html`<li class="armed"><span><b>${wordsOf(fault.kind, here)}</b>
    <small>${nameOf(fault.method, here)} · ${here.t("faultLeft", { count: fault.times })}</small></span>
    <button type="button" class="icon-button" aria-label=${here.t("remove", { name })} onClick=${clear}><${Icon}
      name="close" size=${16} /></button></li>`;
}

export function Faults() {
  const here = useHere();
  const possible = usePossible();
  return html`<div class="faults">
    <p class="drawer__hint">${here.t("faultsHint")}</p>
    ${possible && html`<${Order} possible=${possible} />`}
    <h3>${here.t("faultsArmed")}</h3>
    ${store.faults.length === 0 && html`<p class="drawer__hint">${here.t("faultsNone")}</p>`}
    <ul class="armed-list">${store.faults.map((fault, index) => html`<${Armed} key=${index} fault=${fault} />`)}</ul>
    ${
      store.faults.length > 0 &&
      html`<button type="button" class="button button--small" onClick=${() => post("clear-faults", {})}>
      ${here.t("faultsClear")}</button>`
    }
  </div>`;
}
