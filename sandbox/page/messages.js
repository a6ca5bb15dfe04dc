// The list of a conversation's messages, its day dividers, and the pane of one thread.
import { html, useViewer, useLayoutEffect } from "./kit.js";
import { get } from "./api.js";
import { assistantIn, Assisting } from "./assistant.js";
import { Composer } from "./composer.js";
import { dayLabel, sameDay, tsDate } from "./dates.js";
import { Icon } from "./icons.js";
import { joins, Message } from "./message.js";
import { useBottom, useWindow } from "./scrolling.js";
import { show, store, takeThread, ui, visibleMessages } from "./store.js";

const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;
/* A reply that was sent to the channel, too, stands in both. */
const inChannel = (message) => !isReply(message) || message.subtype === "thread_broadcast";

/* `before` is the message above the first one, which it may join: what is drawn stays when older ones come. */
function withDays(messages, before, repliesOf, viewer) {
  return messages.flatMap((message) => {
    const newDay = !before || !sameDay(tsDate(before.ts), tsDate(message.ts), viewer);
    const joined = !newDay && joins(message, before);
    const replies = repliesOf(message);
    before = { ...message, hasReplies: replies.length > 0 };
    const line = html`<${Message} key=${message.ts} message=${message} joined=${joined} replies=${replies} />`;
    if (!newDay) return [line];
    const label = dayLabel(tsDate(message.ts), viewer);
    return [
      html`<div class="day" role="presentation" key=${`day-${message.ts}`}><span>${label}</span></div>`,
      line,
    ];
  });
}

export function MessageList({ channelId, label, children }) {
  const viewer = useViewer();
  const all = visibleMessages(channelId, viewer.user.id);
  const roots = all.filter((message) => inChannel(message));
  const replies = Map.groupBy(
    all.filter((message) => isReply(message) && !message.ephemeral_to),
    (message) => message.thread_ts,
  );
  const { scroller, start, end, away, toLatest } = useWindow(channelId, roots);
  const whole = start === 0 && !store.older[channelId];
  const first = whole ? 0 : Math.max(start, 1);
  const repliesTo = (message) => replies.get(message.ts) ?? [];
  const above = roots[first - 1] && {
    ...roots[first - 1],
    hasReplies: repliesTo(roots[first - 1]).length > 0,
  };
  return html`<div class="scroller" ref=${scroller} tabindex="-1"><div class="scroller__inner">
    ${whole && children}
    <div role="list" aria-label=${label}>${withDays(roots.slice(first, end), above, repliesTo, viewer)}</div>
  </div></div>
  ${
    away &&
    html`<button type="button" class="to-latest" onClick=${toLatest}>${viewer.t("latest")}<${Icon} name="down"
      size=${14} /></button>`
  }`;
}

export function ThreadPane({ placeName }) {
  const viewer = useViewer();
  const scroller = useBottom();
  const { channel, ts } = ui.thread;
  const all = visibleMessages(channel, viewer.user.id);
  const parent = all.find((message) => message.ts === ts);
  const replies = all.filter((message) => isReply(message) && message.thread_ts === ts);
  const shared = replies.filter((message) => !message.ephemeral_to).length;
  const count = shared === 1 ? viewer.t("oneReply") : viewer.t("replies", { count: shared });
  const assisting = assistantIn(ui.thread);
  const close = () => {
    document.querySelector(".conversation .composer__text")?.focus();
    show({ thread: null });
  };
  useLayoutEffect(() => {
    get(`messages?channel=${channel}&thread=${ts}`).then((answer) => answer && takeThread(channel, answer));
  }, [channel, ts]);
  return html`<aside class="pane thread" aria-label=${viewer.t("thread")}
    onKeyDown=${(event) => event.key === "Escape" && close()}>
    <header class="pane__head"><h2>${assisting?.title || viewer.t("thread")}</h2><span class="pane__sub">${placeName}</span>
      <button type="button" class="icon-button" aria-label=${viewer.t("close")} onClick=${close}><${Icon}
        name="close" /></button></header>
    <div class="scroller" ref=${scroller} tabindex="-1"><div class="scroller__inner">
      <div role="list" aria-label=${viewer.t("messagesIn", { place: viewer.t("thread") })}>
        ${parent && html`<${Message} message=${parent} inThread />`}
        ${shared > 0 && html`<div class="thread__count" role="presentation"><span>${count}</span></div>`}
        ${replies.map(
          (message, index) => html`<${Message} key=${message.ts} message=${message} inThread
          joined=${joins(message, replies[index - 1])} />`,
        )}
      </div>
      <${Assisting} thread=${assisting} answered=${replies.some((reply) => reply.user === viewer.user.id)} />
    </div></div>
    <${Composer} key=${ts} channelId=${channel} threadTs=${ts} label=${viewer.t("reply")} />
  </aside>`;
}
