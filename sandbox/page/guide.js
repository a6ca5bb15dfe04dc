// The first minute: five small steps, ticked off as they happen, whoever makes them happen and however.
import { html, useViewer, useLayoutEffect, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { get, post } from "./api.js";
import { typeForThem } from "./composer.js";
import { shortDate } from "./dates.js";
import { Icon } from "./icons.js";
import { go, placesOf } from "./route.js";
import { applyChange, channelOf, show, store, ui, userOf } from "./store.js";

const REMEMBERED = "first-minute";
const DISMISSED = "first-minute-dismissed";
const WIDE_ENOUGH_PX = 1180;
const OPENS_IN_MS = 100;

const guide = { done: [], ends: null };

/* A demo that was started anew has an earlier clock than the one remembered, and nothing done. */
function remember() {
  const kept = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "null");
  if (kept && kept.now <= store.clock.now) Object.assign(guide, { done: kept.done, ends: kept.ends });
}

function keep() {
  sessionStorage.setItem(REMEMBERED, JSON.stringify({ ...guide, now: store.clock.now }));
}

/* Its steps are the billing desk's: any other app has none. */
export const hasGuide = () => store.app.commands.some(({ command }) => command === "/billing");

export function beginGuide() {
  if (!hasGuide()) return;
  remember();
  if (!localStorage.getItem(DISMISSED) && innerWidth > WIDE_ENOUGH_PX) ui.drawer = "guide";
}

const toldIn = (channelId, since = 0) =>
  (store.messages[channelId] ?? []).some(
    (m) => m.user === store.app.bot_user_id && !m.ephemeral_to && Number(m.ts) >= since,
  );
const isChannel = (place) => Boolean(channelOf(place) && !channelOf(place).is_im);
const seconds = (iso) => Date.parse(iso) / 1000;

const STEPS = {
  type: (user) =>
    store.views[user.id]?.length > 0 ||
    Object.values(store.messages).some((some) =>
      some.some((m) => m.ephemeral_to === user.id && m.user === store.app.bot_user_id),
    ),
  cancel: () => Boolean(guide.ends),
  told: (_user, place) => guide.done.includes("cancel") && isChannel(place) && toldIn(place),
  turn: () => Boolean(guide.ends) && store.clock.now >= guide.ends,
  ended: (_user, place) =>
    guide.done.includes("turn") &&
    (Boolean(ui.file) || (isChannel(place) && toldIn(place, seconds(guide.ends)))),
};
const NAMES = Object.keys(STEPS);

/* Looks at what is there now; what was done once stays done, and with it what comes before it. */
export function watchGuide(user, place) {
  guide.ends ??= store.clock.upcoming.find((one) => one.kind === "ends")?.at ?? null;
  const fresh = NAMES.filter((name) => !guide.done.includes(name) && STEPS[name](user, place));
  if (!fresh.length) return;
  const last = Math.max(...[...guide.done, ...fresh].map((name) => NAMES.indexOf(name)));
  guide.done = NAMES.slice(0, last + 1);
  keep();
}

export const stepsLeft = () => NAMES.length - guide.done.length;

/* What the app will do by itself changes with what it does: asked for anew whenever something was said. */
export function useUpcoming() {
  const said = Object.values(store.messages).reduce((count, messages) => count + messages.length, 0);
  useLayoutEffect(() => {
    get("clock").then((clock) => clock && applyChange({ kind: "clock", clock }));
  }, [said, store.views]);
}

const toldPlace = () => store.channels.find((channel) => isChannel(channel.id) && toldIn(channel.id))?.id;

/* Home has no composer: the words are typed in the first channel, once it is open. */
function typeHere(viewer, text) {
  if (typeForThem(text)) return;
  go(viewer.user.id, placesOf(viewer.user).channels[0].id);
  setTimeout(typeForThem, OPENS_IN_MS, text);
}

const HELPS = {
  type: (viewer) => typeHere(viewer, "/billing"),
  cancel: (viewer) => typeHere(viewer, viewer.t("guideCancelCommand")),
  told: (viewer) => toldPlace() && go(viewer.user.id, toldPlace()),
  turn: async (viewer) => guide.ends && sayRefusal(viewer, await post("clock", { to: guide.ends })),
  ended: (viewer) => typeHere(viewer, viewer.t("guideInvoicesCommand")),
};

function Step({ name, number }) {
  const viewer = useViewer();
  const done = guide.done.includes(name);
  const current = !done && NAMES.find((each) => !guide.done.includes(each)) === name;
  const date = guide.ends ? shortDate(new Date(guide.ends), viewer) : "";
  return html`<li class=${classes("step", done && "step--done", current && "step--current")}
    aria-current=${current ? "step" : undefined}>
    <span class="step__mark">${done ? html`<${Icon} name="check" size=${14} />` : number}</span>
    <div><b>${viewer.t(`guide_${name}`)}</b>${done && html`<span class="hidden"> (${viewer.t("done")})</span>`}
      ${
        current &&
        html`<p>${viewer.t(`guide_${name}_hint`)}</p>
        <button type="button" class="button button--small" onClick=${() => HELPS[name](viewer)}>${viewer.t(
          `guide_${name}_help`,
          { date },
        )}</button>`
      }</div></li>`;
}

export function Guide() {
  const viewer = useViewer();
  const dismiss = () => {
    localStorage.setItem(DISMISSED, "yes");
    show({ drawer: null });
  };
  const left = stepsLeft();
  return html`<div class="guide">
    <p>${viewer.t("guideHint", { app: userOf(store.app.bot_user_id).real_name })}</p>
    <ol class="steps" aria-label=${viewer.t("guide")}>${NAMES.map(
      (name, index) => html`<${Step} key=${name} name=${name} number=${index + 1} />`,
    )}</ol>
    <p class="guide__end" role="status">${left ? "" : viewer.t("guideEnd")}</p>
    <button type="button" class="link-button" onClick=${dismiss}>${viewer.t("guideDismiss")}</button>
  </div>`;
}
