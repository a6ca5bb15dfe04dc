// The page: fetches the state, listens to its changes, and draws the columns for the person and place in the URL.
import { html, render, ViewerContext, useChanges, useLayoutEffect, useMemo, classes } from "./kit.js";
import { get, listen } from "./api.js";
import { Confirm } from "./confirm.js";
import { channelTitle, Conversation } from "./conversation.js";
import { Drawer } from "./drawer.js";
import { EntityPane } from "./entities.js";
import { FileViewer } from "./files.js";
import { beginGuide, useUpcoming, watchGuide } from "./guide.js";
import { ThreadPane } from "./messages.js";
import { Modals } from "./modal.js";
import { Notices } from "./notices.js";
import { currentRoute } from "./route.js";
import { Search, watchForSearch } from "./search.js";
import { markRead, Sidebar, waitingFor } from "./sidebar.js";
import { applyChange, changed, channelOf, now, show, store, subscribe, takeState, ui } from "./store.js";
import { TopBar } from "./topbar.js";
import { viewerOf } from "./viewer.js";

/* The same object until one of its parts changes: every message is drawn anew with it. */
function useViewerOf(user) {
  return useMemo(
    () => viewerOf(user),
    [user, store.users, store.channels, store.clock.turned_seconds, store.clock.now.slice(0, 10)],
  );
}

function Columns({ user, place }) {
  const viewer = useViewerOf(user);
  const thread = ui.thread && ui.thread.channel === place;
  const channel = channelOf(place);
  const waiting = waitingFor(viewer);
  if (channel && !channel.is_im) ui.lastChannel = place;
  useUpcoming();
  useLayoutEffect(() => {
    document.documentElement.lang = viewer.locale;
    document.title = `${waiting ? `(${waiting}) ` : ""}${channel ? channelTitle(channel, viewer) : store.app.name} – ${store.team.name} – ${viewer.t("pretend")}`;
  }, [viewer, place, waiting]);
  return html`<${ViewerContext.Provider} value=${viewer}>
    <div class="page"><${TopBar} />
      <div class=${classes("columns", (thread || ui.entity) && "columns--thread", ui.drawer && "columns--drawer")}>
        <${Sidebar} place=${place} /><${Conversation} place=${place} />
        ${thread && html`<${ThreadPane} key=${ui.thread.ts} placeName=${channelTitle(channel, viewer)} />`}
        ${ui.entity && !thread && html`<${EntityPane} />`}
        ${ui.drawer && html`<${Drawer} />`}
      </div></div>
    <${Modals} /><${Confirm} /><${FileViewer} /><${Search} /><${Notices} layer="page" /><//>`;
}

function App() {
  useChanges(subscribe);
  if (!store.ready) return html`<div class="page page--empty" aria-busy="true"></div>`;
  const { user, place } = currentRoute();
  markRead(user.id, place);
  watchGuide(user, place);
  return html`<${Columns} key="columns" user=${user} place=${place} />`;
}

let fetching = true;
const meanwhile = [];

/* A change that arrives while the state is being fetched may be newer than that state: it is applied after it. */
function onChange(change) {
  if (fetching) meanwhile.push(change);
  else applyChange(change);
}

async function onOpen() {
  fetching = true;
  const state = await get("state?messages=100");
  if (!state) return;
  const first = !store.ready;
  store.online = true;
  takeState(state);
  fetching = false;
  for (const change of meanwhile.splice(0)) applyChange(change);
  if (first) startRouting();
}

function startRouting() {
  const { user, place } = currentRoute();
  beginGuide();
  ui.readAll = now().getTime() / 1000;
  if (location.hash !== `#/${user.id}/${place}`) history.replaceState(null, "", `#/${user.id}/${place}`);
  addEventListener("hashchange", () => show({ thread: null, entity: null, sidebar: false, editing: null }));
  watchForSearch();
}

function onLost() {
  store.online = false;
  changed();
}

render(html`<${App} />`, document.getElementById("app"));
listen(onOpen, onChange, onLost);
