// A message that its author is editing, in its place.
import { html, useViewer, useLayoutEffect, useRef } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { asSent, asTyped } from "./mentions.js";
import { show } from "./store.js";

const close = () => {
  show({ editing: null });
  document.querySelector(".composer__text")?.focus();
};

export function Editing({ message }) {
  const viewer = useViewer();
  const area = useRef();
  useLayoutEffect(() => {
    area.current.focus();
    area.current.selectionStart = area.current.value.length;
  }, []);
  const save = async () => {
    const text = asSent(area.current.value.trim());
    close();
    if (!text || text === message.text) return;
    const { channel, ts } = message;
    sayRefusal(viewer, await post("edit", { user: viewer.user.id, channel, message_ts: ts, text }));
  };
  const keyDown = (event) => {
    if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") close();
    else save();
  };
  return html`<div class="editing"><textarea class="field" rows="2" ref=${area} aria-label=${viewer.t("editMessage")}
      onKeyDown=${keyDown}>${asTyped(message.text)}</textarea>
    <div class="editing__foot"><button type="button" class="button button--small" onClick=${close}>
        ${viewer.t("cancel")}</button><button type="button" class="button button--small button--primary" onClick=${save}>
        ${viewer.t("save")}</button></div></div>`;
}
