// Slack's confirm dialog: a question before a button or a choice takes effect.
import { html, useViewer, useLayoutEffect, useRef } from "./kit.js";
import { giveFocusBack, trapFocus } from "./focus.js";
import { textOf, plainText } from "./mrkdwn.js";
import { ui } from "./store.js";

function Question({ dialog, answer }) {
  const viewer = useViewer();
  const box = useRef();
  const asker = useRef(document.activeElement);
  useLayoutEffect(() => {
    box.current.querySelector(".button:last-child").focus();
    return () =>
      asker.current?.isConnected && asker.current !== document.body ? asker.current.focus() : giveFocusBack();
  }, []);
  const keys = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      answer(false);
    }
    trapFocus(event, box.current);
  };
  return html`<div class="scrim scrim--confirm"><div class="modal modal--confirm" role="alertdialog"
    aria-modal="true"
      aria-label=${plainText(dialog.title.text)} aria-describedby="confirm-text" ref=${box} onKeyDown=${keys}>
    <header class="modal__head"><h2 class="modal__title">${plainText(dialog.title.text)}</h2></header>
    <div class="modal__body text" id="confirm-text">${textOf(dialog.text, viewer)}</div>
    <footer class="modal__foot">
      <button type="button" class="button" onClick=${() => answer(false)}>${plainText(dialog.deny.text)}</button>
      <button type="button" class=${`button button--${dialog.style ?? "primary"}`}
        onClick=${() => answer(true)}>${plainText(dialog.confirm.text)}</button>
    </footer>
  </div></div>`;
}

export function Confirm() {
  return ui.confirm ? html`<${Question} ...${ui.confirm} />` : null;
}
