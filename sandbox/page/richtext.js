// Slack's rich_text block: sections, lists, quotes, preformatted text and their inline elements.
import { html, useHere } from "./kit.js";
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
  user: (e, here) => userMention(e.user_id, here),
  channel: (e, here) => channelMention(e.channel_id, here),
  usergroup: (e, here) => groupMention(e.usergroup_id, here),
  broadcast: (e) => broadcast(e.range),
  emoji: (e) => emojiOf(e.name) ?? `:${e.name}:`,
  color: (e) => html`<code>${e.value}</code>`,
  date: (e, here) => {
    const text = slackDate(e.timestamp, e.format, here);
    return safeUrl(e.url) ? link(e.url, text) : html`<time title=${e.fallback}>${text}</time>`;
  },
};

function inline(element, here) {
  const node = INLINE[element.type]?.(element, here) ?? "";
  return WRAPPERS.reduce((inner, [style, wrap]) => (element.style?.[style] ? wrap(inner) : inner), node);
}

const inlines = (element, here) => element.elements.map((child) => inline(child, here));

const PARTS = {
  rich_text_section: (e, here) => html`<div class="text">${inlines(e, here)}</div>`,
  rich_text_quote: (e, here) => html`<blockquote class="text">${inlines(e, here)}</blockquote>`,
  rich_text_preformatted: (e, here) => html`<pre>${inlines(e, here)}</pre>`,
  rich_text_list: (e, here) => {
    const items = e.elements.map((item) => html`<li>${inlines(item, here)}</li>`);
    const indent = `margin-left:${(e.indent ?? 0) * 28}px`;
    return e.style === "ordered"
      ? html`<ol style=${indent} start=${(e.offset ?? 0) + 1}>${items}</ol>`
      : html`<ul style=${indent}>${items}</ul>`;
  },
};

export function RichText({ block }) {
  const here = useHere();
  return html`<div class="rich-text">${block.elements.map((element) => PARTS[element.type]?.(element, here))}
    </div>`;
}
