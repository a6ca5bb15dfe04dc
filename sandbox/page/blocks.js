// Block Kit's blocks, drawn from the JSON the app sent; an unknown one is an honest grey box.
import { html, useHere, classes } from "./kit.js";
import { Element, Unsupported } from "./elements.js";
import { inline, plainText, safeUrl, textOf } from "./mrkdwn.js";
import { RichText } from "./richtext.js";

function Section({ block, surface }) {
  const here = useHere();
  const label = block.text && plainText(block.text.text.replace(/[*_~`]/g, ""));
  return html`<div class="section">
    <div class="section__body">
      ${block.text && html`<div class="text">${textOf(block.text, here)}</div>`}
      ${
        block.fields &&
        html`<div class="section__fields">
        ${block.fields.map((field) => html`<div class="text">${textOf(field, here)}</div>`)}</div>`
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

function Context({ block }) {
  const here = useHere();
  return html`<div class="context">${block.elements.map((element) =>
    element.type === "image"
      ? html`<img src=${safeUrl(element.image_url)} alt=${element.alt_text} />`
      : html`<span class="text">${textOf(element, here)}</span>`,
  )}</div>`;
}

function ImageBlock({ block }) {
  return html`<figure class="image-block">
    ${block.title && html`<figcaption>${plainText(block.title.text)}</figcaption>`}
    <img src=${safeUrl(block.image_url) ?? block.slack_file?.url} alt=${block.alt_text} /></figure>`;
}

function Input({ block, surface }) {
  const here = useHere();
  const id = `${surface.key}-${block.block_id}`;
  const error = surface.errors?.[block.block_id];
  const describedBy = classes(error && `${id}-error`, block.hint && `${id}-hint`) || undefined;
  const single = !["checkboxes", "radio_buttons"].includes(block.element.type);
  const focusField = (event) =>
    single && event.currentTarget.closest(".input").querySelector(".field")?.focus();
  return html`<div class=${classes("input", error && "input--error")}>
    <div class="input__label" onClick=${focusField}><span id=${`${id}-label`}>${plainText(block.label.text)}</span>
      ${block.optional && html` <span class="input__optional">${here.t("optional")}</span>`}</div>
    <${Element} key=${block.element.action_id} element=${block.element} surface=${surface}
      blockId=${block.block_id} labelId=${`${id}-label`}
      dispatches=${block.dispatch_action} describedBy=${describedBy} invalid=${Boolean(error)} />
    ${error && html`<div class="input__error" id=${`${id}-error`} role="alert">${error}</div>`}
    ${block.hint && html`<div class="input__hint" id=${`${id}-hint`}>${plainText(block.hint.text)}</div>`}
  </div>`;
}

function Cell({ cell }) {
  if (cell.type === "rich_text") return html`<${RichText} block=${cell} />`;
  return plainText(String(cell.text ?? cell.value ?? ""));
}

function Table({ block }) {
  const align = (column) => `text-align:${block.column_settings?.[column]?.align ?? "left"}`;
  const [head, ...rows] = block.rows;
  return html`<div class="table"><table>
    <thead><tr>${head.map((cell, c) => html`<th scope="col" style=${align(c)}><${Cell} cell=${cell} /></th>`)}
      </tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr>${row.map(
          (cell, c) => html`<td style=${align(c)}><${Cell} cell=${cell}
      /></td>`,
        )}</tr>`,
    )}</tbody>
  </table></div>`;
}

/* Slack's standard markdown, plainly: paragraphs, with its bold and its links put into mrkdwn's signs. */
function Markdown({ block }) {
  const here = useHere();
  const asMrkdwn = (text) =>
    text
      .replace(/^#+ +(.*)$/gm, "*$1*")
      .replace(/\*\*(.+?)\*\*/g, "*$1*")
      .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>");
  return html`<div class="markdown">
    ${block.text.split(/\n{2,}/).map((part) => html`<p class="text">${inline(asMrkdwn(part), here)}</p>`)}</div>`;
}

const BLOCKS = {
  section: Section,
  actions: Actions,
  context: Context,
  image: ImageBlock,
  input: Input,
  rich_text: RichText,
  table: Table,
  markdown: Markdown,
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
