// Slack's confirm dialog: a question before a button or a choice takes effect.
import { html, useViewer } from "./kit.js";
import { Dialog } from "./dialog.js";
import { textOf, plainText } from "./mrkdwn.js";
import { ui } from "./store.js";

function Question({ dialog, answer }) {
  const viewer = useViewer();
  return html`<${Dialog} layer="confirm" class="modal modal--confirm" role="alertdialog"
    aria-label=${plainText(dialog.title.text)} aria-describedby="confirm-text" onLeave=${() => answer(false)}>
    <header class="modal__head"><h2 class="modal__title">${plainText(dialog.title.text)}</h2></header>
    <div class="modal__body text" id="confirm-text">${textOf(dialog.text, viewer)}</div>
    <footer class="modal__foot">
      <button type="button" class="button" onClick=${() => answer(false)}>${plainText(dialog.deny.text)}</button>
      <button type="button" autofocus class=${`button button--${dialog.style ?? "primary"}`}
        onClick=${() => answer(true)}>${plainText(dialog.confirm.text)}</button>
    </footer><//>`;
}

export function Confirm() {
  return ui.confirm ? html`<${Question} ...${ui.confirm} />` : null;
}
