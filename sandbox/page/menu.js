// What a button opens beside itself, and the menu of it: whoever chooses or leaves is led back to the button.
import { html, useRef, useState } from "./kit.js";
import { Popup, walkItems } from "./popup.js";

export function useOpening() {
  const [open, setOpen] = useState(false);
  const trigger = useRef();
  const close = (refocus) => {
    setOpen(false);
    if (refocus) trigger.current.focus();
  };
  return { open, setOpen, close, trigger };
}

/* `button` has the button's attributes; `items` draws the items, and wraps with `choosing` what each of them does. */
export function Menu({ button, face, label, items, ...popup }) {
  const { open, setOpen, close, trigger } = useOpening();
  const choosing = (act) => () => {
    close(true);
    act();
  };
  return html`<button type="button" ...${button} ref=${trigger} aria-haspopup="menu" aria-expanded=${open}
      onClick=${() => setOpen(!open)}>${face}</button>
    ${
      open &&
      html`<${Popup} anchor=${trigger} onClose=${close} ...${popup}>
      <div role="menu" class="menu" aria-label=${label} onKeyDown=${walkItems}>${items(choosing)}</div><//>`
    }`;
}
