// Slack's mrkdwn as virtual nodes. Text is never HTML here, so hostile text stays text.
import { html } from "./kit.js";
import { emojiNode, withEmoji } from "./emoji.js";
import { slackDate } from "./dates.js";
import { channelOf, store } from "./store.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const decode = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
const SAFE_URL = /^(?:https?:\/\/|mailto:|tel:)/i;

export const safeUrl = (url) => (SAFE_URL.test(url ?? "") ? url : null);

/* Where a block's or element's picture is: anywhere, or among the files of the workspace. */
export const pictureUrl = (object) => safeUrl(object.image_url) ?? object.slack_file?.url;

export const plainText = (text) => withEmoji(decode(text ?? ""));

/* A link to a message here (chat.getPermalink) leads to its conversation, as whoever looks at the page. */
function placeOf(url) {
  const [, channel] = /^\/archives\/([CGD]\w+)/.exec(new URL(url).pathname) ?? [];
  if (!channel || new URL(url).hostname !== `${store.team?.domain}.slack.com` || !channelOf(channel))
    return null;
  return `#/${location.hash.split("/")[1]}/${channel}`;
}

export function link(url, label) {
  const safe = safeUrl(url);
  const place = /^https:/i.test(safe ?? "") && URL.canParse(safe) && placeOf(safe);
  if (place) return html`<a href=${place}>${label}</a>`;
  return safe ? html`<a href=${safe} target="_blank" rel="noopener noreferrer">${label}</a>` : label;
}

export function userMention(id, viewer) {
  return html`<span class=${id === viewer.user.id ? "mention mention--me" : "mention"}>@${viewer.nameOf(id)}</span>`;
}

export function channelMention(id, viewer) {
  return html`<span class="mention">#${viewer.channelName(id)}</span>`;
}

export function groupMention(id, viewer) {
  return html`<span class="mention">@${viewer.groupName(id)}</span>`;
}

export const broadcast = (range) => html`<span class="mention mention--me">@${range}</span>`;

function special(target, label, viewer) {
  const [kind, ...rest] = target.split("^");
  if (kind === "!date" && Number.isFinite(Number(rest[0])) && rest[1]) {
    const text = slackDate(rest[0], rest[1], viewer);
    return rest[2] ? link(decode(rest[2]), text) : html`<time title=${label}>${text}</time>`;
  }
  if (kind === "!subteam")
    return label ? html`<span class="mention">${label}</span>` : groupMention(rest[0], viewer);
  if (["!here", "!channel", "!everyone"].includes(kind)) return broadcast(kind.slice(1));
  return label ?? null;
}

function reference(token, whole, viewer) {
  const bar = token.indexOf("|");
  const target = bar < 0 ? token : token.slice(0, bar);
  const label = bar < 0 ? undefined : plainText(token.slice(bar + 1));
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return userMention(target.slice(1), viewer);
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return channelMention(target.slice(1), viewer);
  if (target.startsWith("!")) return special(target, label, viewer) ?? decode(whole);
  const url = decode(target);
  return safeUrl(url) ? link(url, label || url.replace(/^(?:mailto|tel):/, "")) : decode(whole);
}

const styled = (mark, name) =>
  `(?<![\\p{L}\\p{N}${mark}])${mark}(?<${name}>[^\\s${mark}](?:[^${mark}\\n]*[^\\s${mark}])?)${mark}(?![\\p{L}\\p{N}${mark}])`;
const INLINE = [
  "`(?<code>[^`\\n]+)`",
  "<(?<token>[^<>\\n]+)>",
  '(?<url>https?:\\/\\/[^\\s<>\\|*`"]+\\.[^\\s<>\\|*`"]*[\\p{L}\\p{N}\\/#=])',
  ":(?<emoji>[a-z0-9_+\\-]+):",
  styled("\\*", "bold"),
  styled("_", "italic"),
  styled("~", "strike"),
].join("|");

function inlineNode(groups, whole, viewer) {
  if (groups.code) return html`<code>${decode(groups.code)}</code>`;
  if (groups.token) return reference(groups.token, whole, viewer);
  if (groups.url) return link(decode(groups.url), decode(groups.url));
  if (groups.emoji) return emojiNode(groups.emoji) ?? whole;
  if (groups.bold) return html`<b>${inline(groups.bold, viewer)}</b>`;
  if (groups.italic) return html`<i>${inline(groups.italic, viewer)}</i>`;
  return html`<s>${inline(groups.strike, viewer)}</s>`;
}

export function inline(text, viewer) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(INLINE, "gu"))) {
    nodes.push(decode(text.slice(end, match.index)), inlineNode(match.groups, match[0], viewer));
    end = match.index + match[0].length;
  }
  nodes.push(decode(text.slice(end)));
  return nodes;
}

const QUOTE = /^(?:&gt;|>) ?/;

function paragraphs(text, viewer) {
  const runs = [];
  for (const line of text.split("\n")) {
    const quoted = QUOTE.test(line);
    const last = runs.at(-1);
    if (last && last.quoted === quoted) last.lines.push(line.replace(quoted ? QUOTE : "", ""));
    else runs.push({ quoted, lines: [line.replace(quoted ? QUOTE : "", "")] });
  }
  return runs.map(({ quoted, lines }) => {
    const nodes = inline(lines.join("\n"), viewer);
    return quoted ? html`<blockquote>${nodes}</blockquote>` : html`<span>${nodes}</span>`;
  });
}

export function mrkdwn(text, viewer) {
  return (text ?? "").split(/\n?```\n?([\s\S]+?)\n?```\n?/).map((part, index) => {
    if (index % 2) return html`<pre>${decode(part)}</pre>`;
    return part ? paragraphs(part, viewer) : null;
  });
}

/* Slack's text object, wherever one may stand. */
export function textOf(object, viewer) {
  if (!object) return null;
  return object.type === "mrkdwn" ? mrkdwn(object.text, viewer) : plainText(object.text);
}
