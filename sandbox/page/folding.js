// Long texts of messages fold to their first lines, as Slack folds them.
import { html, useViewer, useState, classes } from "./kit.js";

const LONG = 700;

export function Folding({ text, when, children }) {
  const viewer = useViewer();
  const [open, setOpen] = useState(false);
  if (!when || text.length <= LONG) return children;
  return html`<div class=${classes("folding", !open && "folding--closed")}>${children}</div>
    <button type="button" class="folding__more" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${viewer.t(open ? "seeLess" : "seeMore")}</button>`;
}
