// Long lists: stays at the bottom, shows a part of thousands, and never lets what is read jump.
import { useLayoutEffect, useRef, useState } from "./kit.js";
import { get } from "./api.js";
import { store, takeOlder } from "./store.js";

const NEAR_BOTTOM_PX = 40;
const NEAR_EDGE_PX = 800;
const A_PAGEFUL = 100;
const MOST_SHOWN = 300;

/* Stays at the bottom if it was there, whatever arrives, loads or unfolds; `onScroll` hears where it is. */
export function useBottom(onScroll) {
  const scroller = useRef();
  const told = useRef(onScroll);
  told.current = onScroll;
  useLayoutEffect(() => {
    const box = scroller.current;
    let atBottom = true;
    const toBottom = () => {
      if (atBottom) box.scrollTop = box.scrollHeight;
    };
    const look = () => {
      const below = box.scrollHeight - box.scrollTop - box.clientHeight;
      atBottom = below < NEAR_BOTTOM_PX;
      told.current?.(box, below);
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

const lineOf = (box, ts) => box.querySelector(`[data-ts="${ts}"]`);

const bottomOf = (line) => line.getBoundingClientRect().bottom;

/* The first message that is seen, and where it ends: above that it may change, as when it joins one before it. */
function anchorIn(box) {
  const top = box.getBoundingClientRect().top;
  const line = [...box.querySelectorAll("[data-ts]")].find((each) => bottomOf(each) > top);
  return line && { ts: line.dataset.ts, y: bottomOf(line) };
}

/* The part of `messages` that is drawn: it slides as the list is scrolled, and fetches what the page has not. */
export function useWindow(channelId, messages) {
  // `end` is the last message drawn; null follows whatever comes.
  const [shown, setShown] = useState({ end: null, count: A_PAGEFUL });
  const [away, setAway] = useState(false);
  const anchor = useRef(null);
  const fetching = useRef(false);
  const found = shown.end === null ? -1 : messages.findIndex((message) => message.ts === shown.end);
  const end = found < 0 ? messages.length : found + 1;
  const start = Math.max(0, end - shown.count);
  const slide = (box, next) => {
    anchor.current = anchorIn(box);
    setShown(next);
  };
  const more = Math.min(shown.count + A_PAGEFUL, MOST_SHOWN);
  const upward = () =>
    shown.count < MOST_SHOWN
      ? { end: shown.end, count: more }
      : { end: messages[end - A_PAGEFUL - 1].ts, count: MOST_SHOWN };
  const fetchOlder = async (box) => {
    fetching.current = true;
    const answer = await get(
      `messages?channel=${channelId}&before=${store.older[channelId]}&limit=${A_PAGEFUL}`,
    );
    anchor.current = anchorIn(box);
    if (answer) takeOlder(channelId, answer);
    fetching.current = false;
    setShown((now) => ({ ...now, count: Math.min(now.count + A_PAGEFUL, MOST_SHOWN) }));
  };
  const onScroll = (box, below) => {
    setAway(below > 2 * box.clientHeight);
    if (anchor.current) return;
    if (box.scrollTop < NEAR_EDGE_PX && start > 0) slide(box, upward());
    else if (box.scrollTop < NEAR_EDGE_PX && store.older[channelId] && !fetching.current) fetchOlder(box);
    else if (below < NEAR_EDGE_PX && end < messages.length)
      slide(box, { end: messages[end + A_PAGEFUL - 1]?.ts ?? null, count: MOST_SHOWN });
  };
  const scroller = useBottom(onScroll);
  useLayoutEffect(() => {
    const line = anchor.current && lineOf(scroller.current, anchor.current.ts);
    if (line) scroller.current.scrollTop += bottomOf(line) - anchor.current.y;
    anchor.current = null;
    // Whoever is at the very top scrolls no more, however much there is now above.
    const box = scroller.current;
    if (box.scrollTop < NEAR_EDGE_PX) onScroll(box, box.scrollHeight - box.scrollTop - box.clientHeight);
  }, [messages[start]?.ts, messages[end - 1]?.ts, shown]);
  const toLatest = () => {
    setShown({ end: null, count: A_PAGEFUL });
    requestAnimationFrame(() => {
      scroller.current.scrollTop = scroller.current.scrollHeight;
    });
  };
  return { scroller, start, end, away: away || end < messages.length, toLatest };
}
