// The bar on top: the pretend mark, the clock where Slack has its search, the drawer's doors.
import { html, useHere, useLayoutEffect, useReducer, classes } from "./kit.js";
import { clockTime, format, shortDate } from "./dates.js";
import { stepsLeft } from "./guide.js";
import { Avatar, Icon } from "./icons.js";
import { now, show, store, ui } from "./store.js";

const REDRAW_MS = 10000;

export function useTicking() {
  const [, again] = useReducer((count) => count + 1, 0);
  useLayoutEffect(() => {
    const timer = setInterval(again, REDRAW_MS);
    return () => clearInterval(timer);
  }, []);
}

export function toggleDrawer(tab) {
  show({ drawer: ui.drawer === tab ? null : tab });
}

function Door({ tab, icon, count }) {
  const here = useHere();
  return html`<button type="button" class=${classes("topbar__door", ui.drawer === tab && "topbar__door--open")}
    aria-pressed=${ui.drawer === tab}
    aria-label=${here.t(tab)} title=${here.t(tab)} onClick=${() => toggleDrawer(tab)}><${Icon} name=${icon}
      size=${18} />
    ${count > 0 && html`<span class="topbar__count">${count}</span>`}</button>`;
}

export function TopBar() {
  const here = useHere();
  useTicking();
  const day = format(now(), here, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  return html`<div class="topbar">
    <span class="topbar__mark" title=${here.t("pretendLong")}>${here.t("pretend")}</span>
    <button type="button" class="topbar__clock"
      aria-label=${`${here.t("clock")}: ${day}, ${clockTime(now(), here)}`}
      onClick=${() => toggleDrawer("clock")}><${Icon} name="clock" size=${16} />
        <span class="topbar__day">${day}</span><span class="only-phone">${shortDate(now(), here)}</span>
        <b>${clockTime(now(), here)}</b></button>
    <span class="topbar__doors"><${Door} tab="guide" icon="flag" count=${stepsLeft()} />
      <${Door} tab="mailbox" icon="mail" count=${store.mail.length} /><${Door} tab="inspector" icon="wire" />
      <${Door} tab="faults" icon="bug" count=${store.faults.length} />
      <span class="topbar__me"><${Avatar} user=${here.user} size=${26} /></span></span>
  </div>`;
}
