// The bar on top: the pretend mark, the clock where Slack has its search, the drawer's doors.
import { html, useViewer, useLayoutEffect, useReducer, classes } from "./kit.js";
import { clockTime, format, shortDate } from "./dates.js";
import { hasGuide, stepsLeft } from "./guide.js";
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
  const viewer = useViewer();
  return html`<button type="button" class=${classes("topbar__door", ui.drawer === tab && "topbar__door--open")}
    aria-pressed=${ui.drawer === tab}
    aria-label=${viewer.t(tab)} title=${viewer.t(tab)} onClick=${() => toggleDrawer(tab)}><${Icon} name=${icon}
      size=${18} />
    ${count > 0 && html`<span class="topbar__count">${count}</span>`}</button>`;
}

export function TopBar() {
  const viewer = useViewer();
  useTicking();
  const day = format(now(), viewer, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  return html`<div class="topbar">
    <span class="topbar__mark" title=${viewer.t("pretendLong")}>${viewer.t("pretend")}</span>
    <button type="button" class="topbar__clock"
      aria-label=${`${viewer.t("clock")}: ${day}, ${clockTime(now(), viewer)}`}
      onClick=${() => toggleDrawer("clock")}><${Icon} name="clock" size=${16} />
        <span class="topbar__day">${day}</span><span class="only-phone">${shortDate(now(), viewer)}</span>
        <b>${clockTime(now(), viewer)}</b></button>
    <span class="topbar__doors"><button type="button" class="topbar__door" aria-label=${viewer.t("search")}
      title=${`${viewer.t("search")} (Ctrl+K)`} onClick=${() => show({ search: true })}><${Icon} name="search"
        size=${18} /></button>${hasGuide() && html`<${Door} tab="guide" icon="flag" count=${stepsLeft()} />`}
      <${Door} tab="mailbox" icon="mail" count=${store.mail.length} />${store.sdi && html`<${Door} tab="sdi" icon="paper" />`}<${Door} tab="inspector" icon="wire" />
      <${Door} tab="faults" icon="bug" count=${store.faults.length} />
      <span class="topbar__me"><${Avatar} user=${viewer.user} size=${26} /></span></span>
  </div>`;
}
