// Focus: kept inside the topmost dialog, and given back to where the person was.
const FOCUSABLE =
  "a[href],button:not(:disabled),input:not(:disabled),textarea:not(:disabled),iframe,[tabindex='0']";
const LAYERS = "[role=dialog],[role=alertdialog],.popup";

let lastPlace = null;

document.addEventListener("focusin", (event) => {
  if (!event.target.closest(LAYERS)) lastPlace = event.target;
});

export function giveFocusBack() {
  const place = lastPlace?.isConnected ? lastPlace : document.querySelector(".composer__text");
  place?.focus({ preventScroll: true });
}

const focusable = (box) =>
  [...box.querySelectorAll(FOCUSABLE)].filter((element) => element.offsetParent !== null);

export function trapFocus(event, box) {
  if (event.key !== "Tab" || event.defaultPrevented) return;
  const items = focusable(box);
  if (!items.length) return;
  const edge = event.shiftKey ? items[0] : items.at(-1);
  const beyond = !box.contains(document.activeElement) || document.activeElement === box;
  if (document.activeElement !== edge && !beyond) return;
  event.preventDefault();
  items[event.shiftKey ? items.length - 1 : 0].focus();
}

/* The field the app asked for, else the first field, else the dialog itself. */
export function focusInside(box, fieldsIn) {
  const wanted =
    fieldsIn.querySelector("[data-focus]") ??
    fieldsIn.querySelector(".input input,.input textarea,.input [role=combobox]") ??
    box;
  wanted.focus({ preventScroll: wanted === box });
}
