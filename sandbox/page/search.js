// Ctrl+K: a place to go to, or a message to find.
import { html, useViewer, useLayoutEffect, useState } from "./kit.js";
import { get } from "./api.js";
import { dayAndTime, tsDate } from "./dates.js";
import { Dialog } from "./dialog.js";
import { Avatar, Icon } from "./icons.js";
import { inline } from "./mrkdwn.js";
import { walkItems } from "./popup.js";
import { go, nameIn, placesOf } from "./route.js";
import { channelOf, show, ui, userOf } from "./store.js";

const MOST_PLACES = 8;

function placesLike(viewer, part) {
  const { channels, ims, directs } = placesOf(viewer.user);
  const all = [...channels, ...directs, ...ims];
  return all
    .map((channel) => ({ channel, name: nameIn(channel, viewer.user) }))
    .filter(({ name }) => name.toLowerCase().includes(part.toLowerCase()))
    .slice(0, MOST_PLACES);
}

function useFound(viewer, part) {
  const [found, setFound] = useState([]);
  useLayoutEffect(() => {
    let wanted = true;
    const query = new URLSearchParams({ user: viewer.user.id, text: part });
    if (part.trim().length < 2) setFound([]);
    else get(`search?${query}`).then((answer) => wanted && setFound(answer?.messages ?? []));
    return () => {
      wanted = false;
    };
  }, [part, viewer.user.id]);
  return found;
}

const leave = () => show({ search: false });

function SearchDialog() {
  const viewer = useViewer();
  const [part, setPart] = useState("");
  const found = useFound(viewer, part);
  const places = placesLike(viewer, part);
  const visit = (channel, thread) => {
    leave();
    go(viewer.user.id, channel);
    // The change of place closes what was open beside it: the thread opens after that.
    if (thread) setTimeout(() => show({ thread: { channel, ts: thread } }));
  };
  const enter = (event) => {
    if (event.key !== "Enter") return;
    if (places[0]) visit(places[0].channel.id);
    else if (found[0]) visit(found[0].channel, found[0].thread_ts ?? found[0].ts);
  };
  return html`<${Dialog} layer="search" class="search" aria-label=${viewer.t("search")} onLeave=${leave}>
    <div onKeyDown=${walkItems}><input class="field" autofocus role="searchbox" aria-label=${viewer.t("search")}
      placeholder=${viewer.t("search")} value=${part} onInput=${(event) => setPart(event.target.value)}
      onKeyDown=${enter} />
    <div role="menu" class="search__found" aria-label=${viewer.t("found")}>
      ${places.map(
        ({ channel, name }) => html`<button type="button" role="menuitem" class="menu__item search__place"
          onClick=${() => visit(channel.id)}><${Icon} name=${channel.is_im ? "mail" : "hash"} size=${16} />${name}</button>`,
      )}
      ${found.map(
        (message) => html`<button type="button" role="menuitem" class="menu__item search__message"
          onClick=${() => visit(message.channel, message.thread_ts ?? message.ts)}><${Avatar} user=${userOf(message.user)}
            size=${24} /><span><small>${viewer.nameOf(message.user)} · ${nameIn(channelOf(message.channel), viewer.user)} · ${dayAndTime(tsDate(message.ts), viewer)}</small>
            <span class="search__text">${inline(message.text, viewer)}</span></span></button>`,
      )}
      ${part && !places.length && !found.length && html`<div class="options__empty">${viewer.t("noResults")}</div>`}
    </div></div><//>`;
}

export const Search = () => (ui.search ? html`<${SearchDialog} />` : null);

export function watchForSearch() {
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    show({ search: true });
  });
}
