// One message: who, when, its blocks or text, its files, its replies.
import { html, useViewer, useMemo, classes } from "./kit.js";
import { Attachment } from "./attachments.js";
import { Blocks } from "./blocks.js";
import { clockTime, dayAndTime, momentInSentence, tsDate } from "./dates.js";
import { Editing } from "./editing.js";
import { emojiNode } from "./emoji.js";
import { File } from "./files.js";
import { Folding } from "./folding.js";
import { Avatar, Icon } from "./icons.js";
import { MessageTools } from "./message-tools.js";
import { mrkdwn, safeUrl } from "./mrkdwn.js";
import { Reactions } from "./reactions.js";
import { isApp, show, store, ui, userOf } from "./store.js";

const JOIN_SECONDS = 300;

/* The same author within five minutes joins up, unless one of the two is private or opens a thread. */
export function joins(message, before) {
  return (
    Boolean(before) &&
    before.user === message.user &&
    before.customized?.username === message.customized?.username &&
    before.ephemeral_to === message.ephemeral_to &&
    !message.ephemeral_to &&
    !before.hasReplies &&
    Number(message.ts) - Number(before.ts) < JOIN_SECONDS
  );
}

/* What stands for a deleted message that has replies. */
const isTombstone = (message) => message.subtype === "tombstone";

function Body({ message, editing }) {
  const viewer = useViewer();
  if (editing) return html`<${Editing} message=${message} />`;
  if (isTombstone(message)) return html`<div class="text message__me">${viewer.t("tombstone")}</div>`;
  const surface = {
    kind: "message",
    key: `${message.channel}-${message.ts}`,
    channel: message.channel,
    ts: message.ts,
  };
  return html`
    ${
      message.blocks?.length
        ? html`<${Blocks} blocks=${message.blocks} surface=${surface} />`
        : message.text &&
          html`<${Folding} text=${message.text} when=${message.bot_id}><div
            class=${classes("text", message.subtype === "me_message" && "message__me")}>${mrkdwn(message.text, viewer)}
          </div><//>`
    }
    ${message.attachments?.map((one) => html`<${Attachment} key=${one.id} attachment=${one} surface=${surface} />`)}
    ${message.edited && html`<span class="message__edited">${viewer.t("edited")}</span>`}
    ${message.files?.map((file) => html`<${File} key=${file.id} file=${file} />`)}
    <${Reactions} message=${message} />`;
}

/* Whose face it is; an app may show another one in each message. */
function Face({ message }) {
  const { icon_url: url, icon_emoji: emoji } = message.customized ?? {};
  if (safeUrl(url)) return html`<img class="avatar" src=${url} alt="" width="36" height="36" />`;
  const sign = emoji && emojiNode(emoji.replaceAll(":", ""));
  if (sign) return html`<span class="avatar avatar--emoji" aria-hidden="true">${sign}</span>`;
  return html`<${Avatar} user=${userOf(message.user)} />`;
}

function Author({ message }) {
  const viewer = useViewer();
  const author = userOf(message.user);
  const sent = tsDate(message.ts);
  return html`<div class="message__author"><b>${message.customized?.username || author.real_name || author.name}</b>
    ${isApp(author.id) && html`<span class="badge">${viewer.t("app")}</span>`}
    <time class="message__time" title=${dayAndTime(sent, viewer)}>${clockTime(sent, viewer)}</time></div>`;
}

function Replies({ message, replies }) {
  const viewer = useViewer();
  const authors = [...new Set(replies.map((reply) => reply.user))].slice(0, 4);
  const count = replies.length === 1 ? viewer.t("oneReply") : viewer.t("replies", { count: replies.length });
  const when = momentInSentence(tsDate(replies.at(-1).ts), viewer);
  return html`<button type="button" class="replies"
    onClick=${() => show({ thread: { channel: message.channel, ts: message.ts } })}>
    ${authors.map((id) => html`<${Avatar} user=${userOf(id)} size=${24} />`)}
    <b>${count}</b><span class="replies__when">${viewer.t("lastReply", { when })}</span></button>`;
}

function Line({ message, joined, replies, inThread, editing }) {
  const viewer = useViewer();
  const time = clockTime(tsDate(message.ts), viewer);
  return html`<div
    class=${classes("message", joined && "message--joined", message.ephemeral_to && "message--ephemeral")}
      role="listitem" data-ts=${message.ts}>
    ${
      message.ephemeral_to &&
      html`<div class="message__private"><${Icon} name="eye" size=${14}
      />${viewer.t("onlyYou")}</div>`
    }
    ${message.pinned && html`<div class="message__pinned">${viewer.t("pinned")}</div>`}
    <div class="message__gutter">${
      joined
        ? html`<time class="message__time">${time.replace(/\s?[AP]M$/, "")}</time>`
        : html`<${Face} message=${message} />`
    }</div>
    <div class="message__content">
      ${!joined && html`<${Author} message=${message} />`}
      <${Body} message=${message} editing=${editing} />
      ${replies?.length > 0 && html`<${Replies} message=${message} replies=${replies} />`}
    </div>
    ${!message.ephemeral_to && !message.local && !isTombstone(message) && html`<${MessageTools} message=${message} inThread=${inThread} />`}
  </div>`;
}

export function Message(props) {
  const viewer = useViewer();
  const { message, joined, replies, inThread } = props;
  const editing = ui.editing?.ts === message.ts && ui.editing.channel === message.channel;
  return useMemo(
    () => html`<${Line} ...${props} editing=${editing} />`,
    [message, joined, replies?.map((r) => r.ts).join(), inThread, editing, viewer, store.emoji],
  );
}
