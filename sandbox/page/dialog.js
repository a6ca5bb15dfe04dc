// The browser's own dialog: it keeps the focus inside, makes all else inert, and leads the focus back at its end.
import { html, useLayoutEffect, useRef } from "./kit.js";
import { Notices } from "./notices.js";

/* The browser gives the focus back by itself, unless what had it is gone meanwhile. */
function closeAndLeadBack(dialog) {
  dialog.close();
  const { activeElement } = document;
  if (activeElement === document.body || dialog.contains(activeElement))
    document.querySelector(".composer__text")?.focus({ preventScroll: true });
}

/* `onLeave` hears Escape; what is then shown is the caller's to say. What has `autofocus` has the focus first. */
export function Dialog({ layer, onLeave, children, ...attributes }) {
  const box = useRef();
  useLayoutEffect(() => {
    const dialog = box.current;
    return () => closeAndLeadBack(dialog);
  }, []);
  // At a second Escape in a row the browser asks nobody before it closes: what is still to be seen is shown again.
  useLayoutEffect(() => {
    if (!box.current.open) box.current.showModal();
  });
  const cancel = (event) => {
    if (event.target !== box.current) return;
    event.preventDefault();
    onLeave();
  };
  const closed = () => box.current && onLeave();
  return html`<dialog ref=${box} onCancel=${cancel} onClose=${closed} ...${attributes}>
    ${children}<${Notices} layer=${layer} /></dialog>`;
}
