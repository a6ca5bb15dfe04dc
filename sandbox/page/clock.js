// The clock's tab: what time it is in the sandbox, and the ways to turn it forward.
import { html, useViewer, useState, classes } from "./kit.js";
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
  const viewer = useViewer();
  const [turning, setTurning] = useState(null);
  useTicking();
  const turn = async (name, body) => {
    if (turning) return;
    setTurning(name);
    sayRefusal(viewer, await post("clock", body));
    setTurning(null);
  };
  const step = (
    name,
    body,
  ) => html`<button type="button" class=${classes("button", turning === name && "button--busy")}
    aria-disabled=${Boolean(turning)} onClick=${() => turn(name, body())}><span
      class="button__text">${viewer.t(name)}</span></button>`;
  const day = format(now(), viewer, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const coming = store.clock.upcoming.map(({ at, label, labels }) => ({
    at,
    label: labels[viewer.language] ?? label,
  }));
  return html`<div class="clock">
    <div class="clock__face"><b>${clockTime(now(), viewer)}</b><span>${day}</span><small>${viewer.tz}</small></div>
    <p class="drawer__hint">${viewer.t("clockHint")}</p>
    <h3>${viewer.t("forward")}</h3>
    <div class="clock__steps">
      ${step("plusHour", () => ({ advance: "1h" }))}
      ${step("plusDay", () => ({ advance: "1d" }))}${step("plusWeek", () => ({ advance: "7d" }))}
      ${step("plusMonth", () => ({ to: isoSeconds(monthLater(now())) }))}
      ${coming.length > 0 && step("toNext", () => ({ to: coming[0].at }))}</div>
    <h3>${viewer.t("upcoming")}</h3>
    ${coming.length === 0 && html`<p class="drawer__hint">${viewer.t("nothingUpcoming")}</p>`}
    ${coming.map(
      ({
        at,
        label,
      }) => html`<button type="button" class=${classes("upcoming", turning === at + label && "upcoming--busy")}
      aria-disabled=${Boolean(turning)} onClick=${() => turn(at + label, { to: at })}
      aria-label=${viewer.t("to", { label, date: shortDate(new Date(at), viewer) })}>
      <span class="upcoming__date"><b>${format(new Date(at), viewer, { day: "numeric" })}
        </b>${format(new Date(at), viewer, { month: "short" })}</span>
      <span>${viewer.t("to", { label, date: shortDate(new Date(at), viewer) })}</span><${Icon} name="right"
        size=${16} /></button>`,
    )}
    <p class="drawer__hint" role="status">${turning ? viewer.t("turning") : ""}</p>
  </div>`;
}
