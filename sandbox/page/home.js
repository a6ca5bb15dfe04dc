// The app's Home tab: drawn from the view it published, a skeleton until the first one arrives.
import { html, useViewer, useLayoutEffect } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Blocks } from "./blocks.js";
import { store } from "./store.js";

function Skeleton() {
  const viewer = useViewer();
  return html`<div class="skeleton" role="status" aria-label=${viewer.t("loading")}>
    ${[40, 85, 70, 0, 30, 90, 60].map((width) => html`<span style=${`width:${width}%`}></span>`)}</div>`;
}

export function Home({ app }) {
  const viewer = useViewer();
  const view = store.app_homes[app.id]?.[viewer.user.id];
  useLayoutEffect(() => {
    post("open-home", { user: viewer.user.id, app: app.id }).then((answer) => sayRefusal(viewer, answer));
  }, [viewer.user.id, app.id]);
  const surface = view && { kind: "home", key: view.id, view };
  return html`<div class="scroller" role="tabpanel" aria-label=${viewer.t("home")} tabindex="-1"><div class="home">
    ${view ? html`<${Blocks} blocks=${view.blocks} surface=${surface} />` : html`<${Skeleton} />`}</div></div>`;
}
