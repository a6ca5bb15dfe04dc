// The drawer that slides in beside the conversation: the first minute, clock, mailbox, SdI, inspector, faults.
import { html, useViewer, useLayoutEffect } from "./kit.js";
import { Clock } from "./clock.js";
import { Faults } from "./faults.js";
import { Guide, hasGuide } from "./guide.js";
import { Icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { Mailbox } from "./mailbox.js";
import { Sdi } from "./sdi.js";
import { show, store, ui } from "./store.js";

const TABS = { guide: Guide, clock: Clock, mailbox: Mailbox, sdi: Sdi, inspector: Inspector, faults: Faults };
// What is not there in every workspace.
const THERE = { guide: hasGuide, sdi: () => Boolean(store.sdi) };

const tabNames = () => Object.keys(TABS).filter((name) => THERE[name]?.() ?? true);

function walkTabs(event) {
  const names = tabNames();
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = names[(names.indexOf(ui.drawer) + step + names.length) % names.length];
  show({ drawer: next });
  document.getElementById(`drawer-tab-${next}`).focus();
}

export function Drawer() {
  const viewer = useViewer();
  const Tab = TABS[ui.drawer];
  useLayoutEffect(() => {
    // Not all of them have room at once.
    document
      .getElementById(`drawer-tab-${ui.drawer}`)
      .scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [ui.drawer]);
  const close = () => {
    // The focus goes back to the door that leads here.
    document.querySelector(".topbar__door--open,.topbar__clock").focus();
    show({ drawer: null });
  };
  return html`<aside class="pane drawer" aria-label=${viewer.t("tools")}
    onKeyDown=${(event) => event.key === "Escape" && close()}>
    <header class="pane__head pane__head--tabs"><div class="tabs" role="tablist" aria-label=${viewer.t("tools")}
      onKeyDown=${walkTabs}>
      ${tabNames().map(
        (name) => html`<button type="button" role="tab" class="tab" id=${`drawer-tab-${name}`}
          aria-selected=${name === ui.drawer}
        aria-controls="drawer-panel" tabindex=${name === ui.drawer ? 0 : -1}
          onClick=${() => show({ drawer: name })}>${viewer.t(name)}</button>`,
      )}</div>
      <button type="button" class="icon-button" aria-label=${viewer.t("close")} onClick=${close}><${Icon}
        name="close" /></button></header>
    <div class="drawer__body" role="tabpanel" id="drawer-panel" aria-labelledby=${`drawer-tab-${ui.drawer}`}
      tabindex="-1"><${Tab} /></div>
  </aside>`;
}
