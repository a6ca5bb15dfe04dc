// Block Kit's blocks, drawn from the JSON the app sent; an unknown one is an honest grey box.
import { html, useViewer, classes } from "./kit.js";
import { Alert, Card, RemoteFile, Video } from "./cards.js";
import { Chart } from "./charts.js";
import { Element, Unsupported } from "./elements.js";
import { Folding } from "./folding.js";
import { Carousel, Container, Plan, TaskCard } from "./groups.js";
import { Markdown } from "./markdown.js";
import { pictureUrl, plainText, textOf } from "./mrkdwn.js";
import { RichText } from "./richtext.js";
import { DataTable, Table } from "./tables.js";

function Section({ block, surface }) {
  const viewer = useViewer();
  const label = block.text && plainText(block.text.text.replace(/[*_~`]/g, ""));
  return html`<div class="section">
    <div class="section__body">
      ${
        block.text &&
        html`<${Folding} text=${block.text.text} when=${surface.kind === "message" && !block.expand}><div
          class="text">${textOf(block.text, viewer)}</div><//>`
      }
      ${
        block.fields &&
        html`<div class="section__fields">
        ${block.fields.map((field) => html`<div class="text">${textOf(field, viewer)}</div>`)}</div>`
      }
    </div>
    ${
      block.accessory &&
      html`<div class="section__accessory">
      <${Element} element=${block.accessory} surface=${surface} blockId=${block.block_id}
        label=${label} dispatches /></div>`
    }
  </div>`;
}

function Actions({ block, surface }) {
  return html`<div class="actions">${block.elements.map(
    (element) => html`
    <${Element} key=${element.action_id} element=${element} surface=${surface}
      blockId=${block.block_id} dispatches />`,
  )}</div>`;
}

function ContextActions({ block, surface }) {
  return html`<div class="context-actions">${block.elements.map(
    (element) => html`<${Element} key=${element.action_id} element=${element} surface=${surface}
      blockId=${block.block_id} />`,
  )}</div>`;
}

function Context({ block }) {
  const viewer = useViewer();
  return html`<div class="context">${block.elements.map((element) =>
    element.type === "image"
      ? html`<img src=${pictureUrl(element)} alt=${element.alt_text} />`
      : html`<span class="text">${textOf(element, viewer)}</span>`,
  )}</div>`;
}

function ImageBlock({ block }) {
  return html`<figure class="image-block">
    ${block.title && html`<figcaption>${plainText(block.title.text)}</figcaption>`}
    <img src=${pictureUrl(block)} alt=${block.alt_text} /></figure>`;
}

function Input({ block, surface }) {
  const viewer = useViewer();
  const id = `${surface.key}-${block.block_id}`;
  const error = surface.errors?.[block.block_id];
  const describedBy = classes(error && `${id}-error`, block.hint && `${id}-hint`) || undefined;
  const single = !["checkboxes", "radio_buttons"].includes(block.element.type);
  const focusField = (event) =>
    single && event.currentTarget.closest(".input").querySelector(".field")?.focus();
  return html`<div class=${classes("input", error && "input--error")}>
    <div class="input__label" onClick=${focusField}><span id=${`${id}-label`}>${plainText(block.label.text)}</span>
      ${block.optional && html` <span class="input__optional">${viewer.t("optional")}</span>`}</div>
    <${Element} key=${block.element.action_id} element=${block.element} surface=${surface}
      blockId=${block.block_id} labelId=${`${id}-label`}
      dispatches=${block.dispatch_action} describedBy=${describedBy} invalid=${Boolean(error)} />
    ${error && html`<div class="input__error" id=${`${id}-error`} role="alert">${error}</div>`}
    ${block.hint && html`<div class="input__hint" id=${`${id}-hint`}>${plainText(block.hint.text)}</div>`}
  </div>`;
}

const BLOCKS = {
  section: Section,
  actions: Actions,
  context: Context,
  context_actions: ContextActions,
  image: ImageBlock,
  input: Input,
  rich_text: RichText,
  table: Table,
  data_table: DataTable,
  data_visualization: Chart,
  markdown: Markdown,
  alert: Alert,
  card: Card,
  video: Video,
  file: RemoteFile,
  carousel: Carousel,
  plan: Plan,
  task_card: TaskCard,
  container: ({ block, surface }) =>
    html`<${Container} block=${block}><${Blocks} blocks=${block.child_blocks} surface=${surface} /><//>`,
  divider: () => html`<hr class="divider" />`,
  header: ({ block }) => html`<h3 class="header">${plainText(block.text.text)}</h3>`,
};

export function Blocks({ blocks, surface }) {
  return html`<div class=${`blocks blocks--${surface.kind}`}>${blocks.map((given, index) => {
    const block = given.block_id ? given : { ...given, block_id: `block-${index}` };
    const Kind = BLOCKS[block.type];
    return html`<div class="block" key=${block.block_id}>
      ${
        Kind
          ? html`<${Kind} block=${block} surface=${surface} />`
          : html`<${Unsupported} what="block"
        type=${block.type} />`
      }</div>`;
  })}</div>`;
}
