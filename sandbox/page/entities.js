// Work Objects: the card under a message with a link, and beside the conversation what one person may see of it.
import { html, useViewer } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { format } from "./dates.js";
import { Icon } from "./icons.js";
import { show, store, ui } from "./store.js";

const payloadOf = (entity) => entity.entity_payload;
const titleOf = (entity) => payloadOf(entity).attributes.title.text;
const kindOf = (entity) =>
  [payloadOf(entity).attributes.product_name, payloadOf(entity).attributes.display_type]
    .filter(Boolean)
    .join(" · ");

const day = (value, viewer) =>
  format(new Date(`${value}T12:00:00Z`), viewer, { day: "numeric", month: "long", year: "numeric" });

function Fields({ entity }) {
  const viewer = useViewer();
  return html`<dl class="entity__fields">${payloadOf(entity).custom_fields?.map(
    ({ key, label, type, value }) => html`<div key=${key}><dt>${label}</dt>
      <dd>${type === "slack#/types/date" ? day(value, viewer) : value}</dd></div>`,
  )}</dl>`;
}

export function EntityCard({ attachment, surface }) {
  const viewer = useViewer();
  const { entity, from_url: url } = attachment;
  const open = async () => {
    show({ entity: entity.external_ref.id, thread: null });
    const { channel, ts } = surface;
    const asked = { user: viewer.user.id, app: attachment.app_id, channel, message_ts: ts, url };
    sayRefusal(viewer, await post("open-entity", asked));
  };
  return html`<button type="button" class="entity" onClick=${open}><b>${titleOf(entity)}</b>
    <small>${kindOf(entity)}</small><${Fields} entity=${entity} /></button>`;
}

export function EntityPane() {
  const viewer = useViewer();
  const { entity, error } = store.details[viewer.user.id] ?? {};
  const close = () => show({ entity: null });
  return html`<aside class="pane thread" aria-label=${viewer.t("details")}
    onKeyDown=${(event) => event.key === "Escape" && close()}>
    <header class="pane__head"><h2>${entity ? titleOf(entity) : viewer.t("details")}</h2>
      <button type="button" class="icon-button" aria-label=${viewer.t("close")} onClick=${close}><${Icon}
        name="close" /></button></header>
    <div class="scroller" aria-live="polite"><div class="scroller__inner entity__details">
      ${!entity && !error && html`<p class="drawer__hint" role="status">${viewer.t("loading")}</p>`}
      ${entity && ui.entity === entity.external_ref.id && html`<small>${kindOf(entity)}</small><${Fields} entity=${entity} />`}
      ${error && html`<b>${error.custom_title ?? error.status}</b><p>${error.custom_message}</p>`}
    </div></div></aside>`;
}
