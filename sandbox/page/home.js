// The app's Home tab: drawn from the view it published, a skeleton until the first one arrives.
import { html, useHere, useLayoutEffect } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Blocks } from "./blocks.js";
import { store } from "./store.js";

function Skeleton() {
  const here = useHere();
  return html`<div class="skeleton" role="status" aria-label=${here.t("loading")}>
    ${[40, 85, 70, 0, 30, 90, 60].map((width) => html`<span style=${`width:${width}%`}></span>`)}</div>`;
}

export function Home() {
  const here = useHere();
  const view = store.homes[here.user.id];
  useLayoutEffect(() => {
    post("open-home", { user: here.user.id }).then((answer) => sayRefusal(here, answer));
  }, [here.user.id]);
  const surface = view && { kind: "home", key: view.id, view };
  return html`<div class="scroller" role="tabpanel" aria-label=${here.t("home")} tabindex="-1"><div class="home">
    ${view ? html`<${Blocks} blocks=${view.blocks} surface=${surface} />` : html`<${Skeleton} />`}</div></div>`;
}
