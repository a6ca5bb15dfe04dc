// One message: who, when, its blocks or text, its files, its replies.
import { html, useViewer, useMemo, classes } from "./kit.js";
import { Blocks } from "./blocks.js";
import { clockTime, dayAndTime, momentInSentence, tsDate } from "./dates.js";
import { File } from "./files.js";
import { Avatar, Icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { show, store, userOf } from "./store.js";

const JOIN_SECONDS = 300;

/* The same author within five minutes joins up, unless one of the two is private or opens a thread. */
export function joins(message, before) {
  return (
    Boolean(before) &&
    before.user === message.user &&
    before.ephemeral_to === message.ephemeral_to &&
    !message.ephemeral_to &&
    !before.hasReplies &&
    Number(message.ts) - Number(before.ts) < JOIN_SECONDS
  );
}

function Body({ message }) {
  const viewer = useViewer();
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
        : message.text && html`<div class="text">${mrkdwn(message.text, viewer)}</div>`
    }
    ${message.edited && html`<span class="message__edited">${viewer.t("edited")}</span>`}
    ${message.files?.map((file) => html`<${File} key=${file.id} file=${file} />`)}`;
}

function Author({ message }) {
  const viewer = useViewer();
  const author = userOf(message.user);
  const sent = tsDate(message.ts);
  return html`<div class="message__author"><b>${author.real_name || author.name}</b>
    ${author.id === store.app.bot_user_id && html`<span class="badge">${viewer.t("app")}</span>`}
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

function Line({ message, joined, replies, inThread }) {
  const viewer = useViewer();
  const time = clockTime(tsDate(message.ts), viewer);
  const openThread = () => show({ thread: { channel: message.channel, ts: message.ts } });
  return html`<div
    class=${classes("message", joined && "message--joined", message.ephemeral_to && "message--ephemeral")}
      role="listitem" data-ts=${message.ts}>
    ${
      message.ephemeral_to &&
      html`<div class="message__private"><${Icon} name="eye" size=${14}
      />${viewer.t("onlyYou")}</div>`
    }
    <div class="message__gutter">${
      joined
        ? html`<time class="message__time">${time.replace(/\s?[AP]M$/, "")}</time>`
        : html`<${Avatar} user=${userOf(message.user)} />`
    }</div>
    <div class="message__content">
      ${!joined && html`<${Author} message=${message} />`}
      <${Body} message=${message} />
      ${replies?.length > 0 && html`<${Replies} message=${message} replies=${replies} />`}
    </div>
    ${
      !inThread &&
      !message.ephemeral_to &&
      html`<div class="message__tools">
      <button type="button" class="icon-button" aria-label=${viewer.t("replyInThread")}
        title=${viewer.t("replyInThread")} onClick=${openThread}>
        <${Icon} name="reply" size=${18} /></button></div>`
    }
  </div>`;
}

export function Message(props) {
  const viewer = useViewer();
  const { message, joined, replies, inThread } = props;
  return useMemo(
    () => html`<${Line} ...${props} />`,
    [message, joined, replies?.map((r) => r.ts).join(), inThread, viewer],
  );
}
