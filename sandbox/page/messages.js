// The list of a conversation's messages, its day dividers, and the pane of one thread.
import { html, useHere, useLayoutEffect, useRef } from "./kit.js";
import { Composer } from "./composer.js";
import { dayLabel, sameDay, tsDate } from "./dates.js";
import { Icon } from "./icons.js";
import { joins, Message } from "./message.js";
import { show, ui, visibleMessages } from "./store.js";

const NEAR_BOTTOM_PX = 40;

/* Stays at the bottom if it was there, whatever arrives, loads or unfolds. */
function useBottom() {
  const scroller = useRef();
  useLayoutEffect(() => {
    const box = scroller.current;
    let atBottom = true;
    const toBottom = () => {
      if (atBottom) box.scrollTop = box.scrollHeight;
    };
    const look = () => {
      atBottom = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_BOTTOM_PX;
    };
    const watcher = new ResizeObserver(toBottom);
    watcher.observe(box);
    watcher.observe(box.firstElementChild);
    box.addEventListener("scroll", look);
    toBottom();
    return () => {
      watcher.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  return scroller;
}

const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

function withDays(messages, repliesOf, here) {
  let before = null;
  return messages.flatMap((message) => {
    const newDay = !before || !sameDay(tsDate(before.ts), tsDate(message.ts), here);
    const joined = !newDay && joins(message, before);
    const replies = repliesOf(message);
    before = { ...message, hasReplies: replies.length > 0 };
    const line = html`<${Message} key=${message.ts} message=${message} joined=${joined} replies=${replies} />`;
    if (!newDay) return [line];
    const label = dayLabel(tsDate(message.ts), here);
    return [
      html`<div class="day" role="presentation" key=${`day-${message.ts}`}><span>${label}</span></div>`,
      line,
    ];
  });
}

export function MessageList({ channelId, label, children }) {
  const here = useHere();
  const scroller = useBottom();
  const all = visibleMessages(channelId, here.user.id);
  const replies = all.filter((message) => isReply(message) && !message.ephemeral_to);
  const repliesOf = (message) => replies.filter((reply) => reply.thread_ts === message.ts);
  return html`<div class="scroller" ref=${scroller} tabindex="-1"><div class="scroller__inner">
    ${children}
    <div role="list" aria-label=${label}>${withDays(
      all.filter((m) => !isReply(m)),
      repliesOf,
      here,
    )}</div>
  </div></div>`;
}

export function ThreadPane({ placeName }) {
  const here = useHere();
  const scroller = useBottom();
  const { channel, ts } = ui.thread;
  const all = visibleMessages(channel, here.user.id);
  const parent = all.find((message) => message.ts === ts);
  const replies = all.filter((message) => isReply(message) && message.thread_ts === ts);
  const shared = replies.filter((message) => !message.ephemeral_to).length;
  const count = shared === 1 ? here.t("oneReply") : here.t("replies", { count: shared });
  const close = () => show({ thread: null });
  return html`<aside class="pane thread" aria-label=${here.t("thread")}
    onKeyDown=${(event) => event.key === "Escape" && close()}>
    <header class="pane__head"><h2>${here.t("thread")}</h2><span class="pane__sub">${placeName}</span>
      <button type="button" class="icon-button" aria-label=${here.t("close")} onClick=${close}><${Icon}
        name="close" /></button></header>
    <div class="scroller" ref=${scroller} tabindex="-1"><div class="scroller__inner">
      <div role="list" aria-label=${here.t("messagesIn", { place: here.t("thread") })}>
        ${parent && html`<${Message} message=${parent} inThread />`}
        ${shared > 0 && html`<div class="thread__count" role="presentation"><span>${count}</span></div>`}
        ${replies.map(
          (message, index) => html`<${Message} key=${message.ts} message=${message} inThread
          joined=${joins(message, replies[index - 1])} />`,
        )}
      </div>
    </div></div>
    <${Composer} key=${ts} channelId=${channel} threadTs=${ts} label=${here.t("reply")} />
  </aside>`;
}
