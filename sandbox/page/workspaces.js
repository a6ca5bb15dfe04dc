// The workspace's name; where others stand beside it, the way to them, and what its admins can do with the app.
import { html, useLayoutEffect, useState, useViewer } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { get, post } from "./api.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { store } from "./store.js";

/* Somebody installs the app in another tab: who comes back from it sees so. */
function useWorkspaces() {
  const [known, setKnown] = useState(null);
  const load = () => get("workspaces").then(setKnown);
  useLayoutEffect(() => {
    if (!store.has_neighbours) return undefined;
    load();
    addEventListener("focus", load);
    return () => removeEventListener("focus", load);
  }, []);
  return [known, load];
}

function Item({ onClick, children }) {
  return html`<button type="button" role="menuitem" tabindex="-1" class="menu__item" onClick=${onClick}>${children}</button>`;
}

export function WorkspaceName() {
  const viewer = useViewer();
  const [known, load] = useWorkspaces();
  if (!known) return html`<b>${store.team.name}</b>`;
  const here = known.workspaces.find((one) => one.id === store.team.id);
  const takeOut = (how) => async () => {
    sayRefusal(viewer, await post(how, { team: here.id }));
    load();
  };
  const install = () => open(known.install_url, "_blank");
  return html`<${Menu} button=${{ class: "workspace__switch" }} label=${viewer.t("workspaces")} width=${280}
    face=${html`<b>${store.team.name}</b><${Icon} name="down" size=${16} />`}
    items=${(choosing) => html`
      ${known.workspaces.map(
        (one, number, all) => html`
          ${one.organisation && one.organisation !== all[number - 1]?.organisation && html`<div class="menu__head">${viewer.t("grid")}</div>`}
          <${Item} onClick=${choosing(() => one.id !== here.id && location.assign(`${one.url}/`))}>
          ${one.name}<small>${viewer.t(one.installed ? "hasApp" : "lacksApp")}</small><//>`,
      )}
      <hr class="menu__line" />
      ${
        here.installed
          ? html`<${Item} onClick=${choosing(takeOut("uninstall"))}>${viewer.t("uninstallApp")}<//>
            <${Item} onClick=${choosing(takeOut("revoke"))}>${viewer.t("revokeToken")}<//>`
          : html`<${Item} onClick=${choosing(install)}>${viewer.t("installApp")}<//>`
      }`} />`;
}
