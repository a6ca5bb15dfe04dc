// Slack's short notices, and the word that the page has lost the sandbox.
import { html, useViewer } from "./kit.js";
import { Icon } from "./icons.js";
import { dismissNotice, store, ui } from "./store.js";

/* What is modal covers all else and makes it inert, so that the notices are drawn in whatever lies on top. */
function topLayer(userId) {
  if (ui.confirm) return "confirm";
  if (ui.search) return "search";
  if (store.views[userId]?.length) return "modal";
  return ui.file ? "file" : "page";
}

export function Notices({ layer }) {
  const viewer = useViewer();
  if (layer !== topLayer(viewer.user.id)) return null;
  const mine = ui.notices.filter((notice) => notice.user === viewer.user.id);
  return html`<div class="notices" role="status" aria-live="polite">
    ${!store.online && html`<div class="notice notice--calm">${viewer.t("disconnected")}</div>`}
    ${mine.map(
      (
        notice,
      ) => html`<div class="notice" key=${notice.id}><${Icon} name="warning" size=${18} /><span>${notice.text}
        </span>
      <button type="button" class="icon-button" aria-label=${viewer.t("dismiss")}
        onClick=${() => dismissNotice(notice.id)}>
        <${Icon} name="close" size=${16} /></button></div>`,
    )}
  </div>`;
}
