// Blocks that hold others: containers, carousels of cards, and an assistant's plans of tasks.
import { html, useViewer, useState, classes } from "./kit.js";
import { Card } from "./cards.js";
import { Icon } from "./icons.js";
import { link, pictureUrl, plainText, textOf } from "./mrkdwn.js";
import { RichText } from "./richtext.js";

function ContainerTitle({ block }) {
  const viewer = useViewer();
  return html`${block.icon && html`<img class="container__icon" src=${pictureUrl(block.icon)} alt=${block.icon.alt_text} />`}
    <span class="container__words">${
      block.rich_text_title
        ? html`<${RichText} block=${block.rich_text_title} />`
        : html`<b>${plainText(block.title.text)}</b>`
    }${block.subtitle && html`<small>${textOf(block.subtitle, viewer)}</small>`}</span>`;
}

export function Container({ block, children }) {
  const [open, setOpen] = useState(!block.default_collapsed);
  const look = classes(
    "container",
    `container--${block.width ?? "standard"}`,
    block.has_header_divider && !block.is_collapsible && "container--divided",
  );
  if (!block.is_collapsible) {
    return html`<section class=${look}><header class="container__head"><${ContainerTitle} block=${block} /></header>
      ${children}</section>`;
  }
  return html`<section class=${look}><button type="button" class="container__head" aria-expanded=${open}
      onClick=${() => setOpen(!open)}><${Icon} name=${open ? "down" : "right"} size=${16} /><${ContainerTitle}
        block=${block} /></button>${open && children}</section>`;
}

export function Carousel({ block, surface }) {
  return html`<div class="carousel" tabindex="0">${block.elements.map(
    (card) => html`<${Card} key=${card.block_id} block=${card} surface=${surface} />`,
  )}</div>`;
}

const STATUS_ICONS = { pending: "clock", in_progress: "clock", complete: "check", error: "warning" };

export function TaskCard({ block }) {
  const viewer = useViewer();
  const status = block.status ?? "pending";
  const label = viewer.t(`task_${status}`);
  return html`<div class=${`task task--${status}`}><div class="task__head"><span role="img" aria-label=${label}
      title=${label}><${Icon} name=${STATUS_ICONS[status]} size=${16} /></span><b>${plainText(block.title)}</b></div>
    ${block.details && html`<${RichText} block=${block.details} />`}
    ${block.output && html`<${RichText} block=${block.output} />`}
    ${
      block.sources?.length > 0 &&
      html`<div class="task__sources">${block.sources.map((one) => html`<span>${link(one.url, one.text)}</span>`)}
      </div>`
    }</div>`;
}

export function Plan({ block }) {
  return html`<section class="plan"><b>${plainText(block.title)}</b>${block.tasks?.map(
    (task) => html`<${TaskCard} key=${task.task_id} block=${task} />`,
  )}</section>`;
}
