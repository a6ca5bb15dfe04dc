// Slack's short notices, and the word that the page has lost the sandbox.
import { html, useViewer } from "./kit.js";
import { Icon } from "./icons.js";
import { dismissNotice, store, ui } from "./store.js";

export function Notices() {
  const viewer = useViewer();
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
