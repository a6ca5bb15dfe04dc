// Attachments: what Slack draws behind a coloured line, with blocks of today or the fields of former times.
import { html, useViewer } from "./kit.js";
import { Blocks } from "./blocks.js";
import { EntityCard } from "./entities.js";
import { link, mrkdwn, plainText, safeUrl } from "./mrkdwn.js";

const NAMED = { good: "#2eb886", warning: "#daa038", danger: "#a30200" };
const colourOf = ({ color }) =>
  NAMED[color] ?? (/^#?[0-9a-f]{6}$/i.test(color ?? "") ? `#${color.replace("#", "")}` : "");

function Former({ attachment }) {
  const viewer = useViewer();
  const title = attachment.title && plainText(attachment.title);
  return html`
    ${attachment.author_name && html`<small>${plainText(attachment.author_name)}</small>`}
    ${title && html`<b>${attachment.title_link ? link(attachment.title_link, title) : title}</b>`}
    ${attachment.text && html`<div class="text">${mrkdwn(attachment.text, viewer)}</div>`}
    ${
      attachment.fields?.length > 0 &&
      html`<div class="section__fields">${attachment.fields.map(
        (field) =>
          html`<div class="text"><b>${plainText(field.title)}</b><div>${mrkdwn(field.value, viewer)}</div></div>`,
      )}</div>`
    }
    ${safeUrl(attachment.image_url) && html`<img class="message-attachment__image" src=${attachment.image_url} alt=${title ?? ""} />`}
    ${attachment.footer && html`<small>${plainText(attachment.footer)}</small>`}`;
}

export function Attachment({ attachment, surface }) {
  const viewer = useViewer();
  if (attachment.entity) return html`<${EntityCard} attachment=${attachment} surface=${surface} />`;
  const colour = colourOf(attachment);
  return html`${attachment.pretext && html`<div class="text">${mrkdwn(attachment.pretext, viewer)}</div>`}
    <div class="message-attachment" style=${colour && `border-left-color:${colour}`}>
      ${
        attachment.blocks
          ? html`<${Blocks} blocks=${attachment.blocks} surface=${surface} />`
          : html`<${Former} attachment=${attachment} />`
      }</div>`;
}
