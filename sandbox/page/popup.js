// A small layer next to its button: stays inside the window, follows it on scrolling, closes on Escape or a click outside.
import { html, useLayoutEffect, useRef, useState } from "./kit.js";

const GAP = 4;
const EDGE = 8;

function placeBeside(anchor, size, alignEnd) {
  const below = innerHeight - anchor.bottom - GAP - EDGE;
  const above = anchor.top - GAP - EDGE;
  const upward = size.height > below && above > below;
  const left = alignEnd ? anchor.right - size.width : anchor.left;
  return {
    left: Math.max(EDGE, Math.min(left, innerWidth - size.width - EDGE)),
    top: upward ? Math.max(EDGE, anchor.top - GAP - Math.min(size.height, above)) : anchor.bottom + GAP,
    maxHeight: Math.max(120, upward ? above : below),
  };
}

export function Popup({ anchor, onClose, width, alignEnd, label, children }) {
  const box = useRef();
  const [style, setStyle] = useState("opacity:0");
  useLayoutEffect(() => {
    const beside = () => {
      const size = { width: box.current.offsetWidth, height: box.current.scrollHeight };
      const at = placeBeside(anchor.current.getBoundingClientRect(), size, alignEnd);
      setStyle(`left:${at.left}px;top:${at.top}px;max-height:${at.maxHeight}px`);
    };
    const scrolled = (event) => event.target.contains?.(anchor.current) && beside();
    const pressed = (event) => {
      if (!box.current.contains(event.target) && !anchor.current.contains(event.target)) onClose();
    };
    beside();
    focusItem(box.current);
    addEventListener("pointerdown", pressed, true);
    addEventListener("scroll", scrolled, true);
    addEventListener("resize", beside);
    return () => {
      removeEventListener("pointerdown", pressed, true);
      removeEventListener("scroll", scrolled, true);
      removeEventListener("resize", beside);
    };
  }, []);
  const escape = (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    onClose(true);
  };
  const sized = width ? `;width:${width}px` : "";
  return html`<div class="popup" ref=${box} style=${style + sized} aria-label=${label}
    onKeyDown=${escape}>${children}</div>`;
}

/* Arrow keys walk over the focusable items of a menu or list. */
export function walkItems(event) {
  const items = [...event.currentTarget.querySelectorAll("[role=menuitem],[role=option]")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined || !items.length) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

/* A list with a search field has its focus there; a plain one on its chosen or first item. */
function focusItem(box) {
  const item =
    box.querySelector("[role=searchbox]") ??
    box.querySelector("[aria-selected=true]") ??
    box.querySelector("[role=menuitem],[role=option]");
  item?.focus({ preventScroll: true });
}
