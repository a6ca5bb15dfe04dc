// The mailbox's tab: every mail the app sent, its HTML in a frame that may run nothing.
import { html, useViewer, useState } from "./kit.js";
import { dayAndTime } from "./dates.js";
import { sizeOf } from "./files.js";
import { Icon } from "./icons.js";
import { show, store } from "./store.js";

const LINKS_OPEN_OUTSIDE = '<base target="_blank">';

function Attachment({ attachment }) {
  const viewer = useViewer();
  const isPdf = /\.pdf$/i.test(attachment.name);
  if (!isPdf)
    return html`<a class="attachment" href=${attachment.url} download=${attachment.name}>${attachment.name}</a>`;
  return html`<button type="button" class="attachment" aria-label=${viewer.t("open", { name: attachment.name })}
    onClick=${() => show({ file: attachment })}><span class="file__icon file__icon--pdf"
      aria-hidden="true">PDF</span><span>${attachment.name}<small>${sizeOf(attachment.size, viewer)}</small></span></button>`;
}

function Letter({ mail, onBack }) {
  const viewer = useViewer();
  return html`<article class="letter">
    <button type="button" class="link-button" onClick=${onBack}><${Icon} name="back" size=${16}
      />${viewer.t("mailbox")}</button>
    <h3>${mail.subject}</h3>
    <p class="drawer__hint">${viewer.t("mailTo", { address: mail.to })} · ${dayAndTime(new Date(mail.at), viewer)}</p>
    ${
      mail.attachments.length > 0 &&
      html`<div class="attachments" role="group" aria-label=${viewer.t("attachments")}>
      ${mail.attachments.map(
        (attachment) => html`<${Attachment} key=${attachment.url} attachment=${attachment}
        />`,
      )}</div>`
    }
    ${
      mail.html
        ? html`<iframe class="letter__html" sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcdoc=${LINKS_OPEN_OUTSIDE + mail.html}
          title=${viewer.t("mailBody", { subject: mail.subject })}></iframe>`
        : html`<pre class="letter__text">${mail.text}</pre>`
    }
  </article>`;
}

export function Mailbox() {
  const viewer = useViewer();
  const [openId, setOpenId] = useState(null);
  const mail = store.mail.find((each) => each.id === openId);
  if (mail) return html`<${Letter} mail=${mail} onBack=${() => setOpenId(null)} />`;
  if (!store.mail.length) return html`<p class="drawer__hint">${viewer.t("noMail")}</p>`;
  const newestFirst = store.mail.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  return html`<ul class="mails">${newestFirst.map(
    (each) => html`<li key=${each.id}>
    <button type="button" class="mail" onClick=${() => setOpenId(each.id)}>
      <span class="mail__head"><b>${each.to}</b><time>${dayAndTime(new Date(each.at), viewer)}</time></span>
      <span class="mail__subject">${each.subject}</span>
      <span class="mail__text">${each.text}</span></button></li>`,
  )}</ul>`;
}
