// The gallery: every block and element from one file of JSON, drawn by the page's own code; a click does nothing.
import { html, render, ViewerContext, useChanges, useLayoutEffect, useViewer } from "../kit.js";
import { get } from "../api.js";
import { Blocks } from "../blocks.js";
import { Confirm } from "../confirm.js";
import { store, subscribe, takeState } from "../store.js";
import { viewerOf } from "../viewer.js";

/* Slack wants pictures to have a whole address; here they stand beside this page, wherever that is. */
const ADDRESS_IN_FILE = "https://sandbox.example/";

function Shown({ shown, index }) {
  const viewer = useViewer();
  const view = { id: `gallery-${index}`, blocks: shown.blocks };
  const surface = { kind: shown.surface, key: view.id, view, still: true };
  return html`<section aria-label=${shown.title}><h2>${shown.title} (${viewer.t(shown.surface)})</h2>
    <div class=${`gallery__${shown.surface}`}><${Blocks} blocks=${shown.blocks} surface=${surface} /></div></section>`;
}

function Gallery({ gallery }) {
  useChanges(subscribe);
  const viewer = viewerOf(store.users.find((user) => !user.is_bot));
  useLayoutEffect(() => {
    document.documentElement.lang = viewer.locale;
    document.title = viewer.t("gallery");
  }, [viewer.locale]);
  return html`<${ViewerContext.Provider} value=${viewer}><main class="gallery"><h1>${viewer.t("gallery")}</h1>
    <p>${viewer.t("galleryHint")}</p>
    ${gallery.map((shown, index) => html`<${Shown} key=${index} ...${{ shown, index }} />`)}</main><${Confirm} /><//>`;
}

const [state, file] = await Promise.all([get("state?messages=1"), fetch("/page/gallery/gallery.json")]);
const gallery = JSON.parse((await file.text()).replaceAll(ADDRESS_IN_FILE, `${location.origin}/`));
takeState(state);
render(html`<${Gallery} gallery=${gallery} />`, document.getElementById("app"));
