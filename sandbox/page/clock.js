// The clock's tab: what time it is in the sandbox, and the ways to turn it forward.
import { html, useHere, useState, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { clockTime, format, shortDate } from "./dates.js";
import { Icon } from "./icons.js";
import { now, store } from "./store.js";
import { useTicking } from "./topbar.js";

function monthLater(date) {
  const later = new Date(date);
  later.setUTCMonth(later.getUTCMonth() + 1);
  // The 31st of a month without one would run over into the month after it.
  if (later.getUTCDate() !== date.getUTCDate()) later.setUTCDate(0);
  return later;
}

const isoSeconds = (date) => date.toISOString().replace(/\.\d+Z$/, "Z");

export function Clock() {
  const here = useHere();
  const [turning, setTurning] = useState(null);
  useTicking();
  const turn = async (name, body) => {
    if (turning) return;
    setTurning(name);
    sayRefusal(here, await post("clock", body));
    setTurning(null);
  };
  const step = (
    name,
    body,
  ) => html`<button type="button" class=${classes("button", turning === name && "button--busy")}
    aria-disabled=${Boolean(turning)} onClick=${() => turn(name, body())}><span
      class="button__text">${here.t(name)}</span></button>`;
  const day = format(now(), here, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const coming = store.clock.upcoming.map(({ at, label, labels }) => ({
    at,
    label: labels[here.language] ?? label,
  }));
  return html`<div class="clock">
    <div class="clock__face"><b>${clockTime(now(), here)}</b><span>${day}</span><small>${here.tz}</small></div>
    <p class="drawer__hint">${here.t("clockHint")}</p>
    <h3>${here.t("forward")}</h3>
    <div class="clock__steps">
      ${step("plusHour", () => ({ advance: "1h" }))}
      ${step("plusDay", () => ({ advance: "1d" }))}${step("plusWeek", () => ({ advance: "7d" }))}
      ${step("plusMonth", () => ({ to: isoSeconds(monthLater(now())) }))}
      ${coming.length > 0 && step("toNext", () => ({ to: coming[0].at }))}</div>
    <h3>${here.t("upcoming")}</h3>
    ${coming.length === 0 && html`<p class="drawer__hint">${here.t("nothingUpcoming")}</p>`}
    ${coming.map(
      ({
        at,
        label,
      }) => html`<button type="button" class=${classes("upcoming", turning === at + label && "upcoming--busy")}
      aria-disabled=${Boolean(turning)} onClick=${() => turn(at + label, { to: at })}
      aria-label=${here.t("to", { label, date: shortDate(new Date(at), here) })}>
      <span class="upcoming__date"><b>${format(new Date(at), here, { day: "numeric" })}
        </b>${format(new Date(at), here, { month: "short" })}</span>
      <span>${here.t("to", { label, date: shortDate(new Date(at), here) })}</span><${Icon} name="right"
        size=${16} /></button>`,
    )}
    <p class="drawer__hint" role="status">${turning ? here.t("turning") : ""}</p>
  </div>`;
}
