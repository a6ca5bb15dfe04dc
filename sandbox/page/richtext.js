// Slack's rich_text block: sections, lists, quotes, preformatted text and their inline elements.
import { html, useViewer } from "./kit.js";
import { broadcast, channelMention, groupMention, link, safeUrl, userMention } from "./mrkdwn.js";
import { slackDate } from "./dates.js";
import { emojiOf } from "./emoji.js";

const WRAPPERS = [
  ["bold", (node) => html`<b>${node}</b>`],
  ["italic", (node) => html`<i>${node}</i>`],
  ["strike", (node) => html`<s>${node}</s>`],
  ["underline", (node) => html`<u>${node}</u>`],
  ["code", (node) => html`<code>${node}</code>`],
];

const INLINE = {
  text: (e) => e.text,
  link: (e) => link(e.url, e.text || e.url),
  user: (e, viewer) => userMention(e.user_id, viewer),
  channel: (e, viewer) => channelMention(e.channel_id, viewer),
  usergroup: (e, viewer) => groupMention(e.usergroup_id, viewer),
  broadcast: (e) => broadcast(e.range),
  emoji: (e) => emojiOf(e.name) ?? `:${e.name}:`,
  color: (e) => html`<code>${e.value}</code>`,
  date: (e, viewer) => {
    const text = slackDate(e.timestamp, e.format, viewer);
    return safeUrl(e.url) ? link(e.url, text) : html`<time title=${e.fallback}>${text}</time>`;
  },
};

function inline(element, viewer) {
  const node = INLINE[element.type]?.(element, viewer) ?? "";
  return WRAPPERS.reduce((inner, [style, wrap]) => (element.style?.[style] ? wrap(inner) : inner), node);
}

const inlines = (element, viewer) => element.elements.map((child) => inline(child, viewer));

const PARTS = {
  rich_text_section: (e, viewer) => html`<div class="text">${inlines(e, viewer)}</div>`,
  rich_text_quote: (e, viewer) => html`<blockquote class="text">${inlines(e, viewer)}</blockquote>`,
  rich_text_preformatted: (e, viewer) => html`<pre>${inlines(e, viewer)}</pre>`,
  rich_text_list: (e, viewer) => {
    const items = e.elements.map((item) => html`<li>${inlines(item, viewer)}</li>`);
    const indent = `margin-left:${(e.indent ?? 0) * 28}px`;
    return e.style === "ordered"
      ? html`<ol style=${indent} start=${(e.offset ?? 0) + 1}>${items}</ol>`
      : html`<ul style=${indent}>${items}</ul>`;
  },
};

export function RichText({ block }) {
  const viewer = useViewer();
  return html`<div class="rich-text">${block.elements.map((element) => PARTS[element.type]?.(element, viewer))}
    </div>`;
}
