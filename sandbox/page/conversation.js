// The middle column: a channel, or the app with its tabs Home and Messages.
import { html, useHere } from "./kit.js";
import { Composer } from "./composer.js";
import { Home } from "./home.js";
import { Avatar, Icon } from "./icons.js";
import { MessageList } from "./messages.js";
import { inline } from "./mrkdwn.js";
import { go, partnerIn, placesOf } from "./route.js";
import { channelOf, show, store, userOf } from "./store.js";

export const channelTitle = (channel, here) =>
  channel.is_im ? partnerIn(channel, here.user).real_name : `#${channel.name}`;

export function MenuButton() {
  const here = useHere();
  return html`<button type="button" class="icon-button only-phone" aria-label=${here.t("menu")}
    onClick=${() => show({ sidebar: true })}>
    <${Icon} name="menu" /></button>`;
}

function ChannelHead({ channel }) {
  const here = useHere();
  return html`<header class="place-head"><${MenuButton} />
    <h1><${Icon} name=${channel.is_private ? "lock" : "hash"} size=${18} />${channel.name}</h1>
    <span class="place-head__topic">${inline(here.said(channel.topic), here)}</span>
    <span class="place-head__members" aria-label=${here.t("members", { count: channel.members.length })}>
      ${channel.members.slice(0, 3).map(
        (id) => html`<${Avatar} user=${userOf(id)} size=${20}
        />`,
      )}<b>${channel.members.length}</b></span>
  </header>`;
}

function PersonHead({ person }) {
  const here = useHere();
  return html`<header class="place-head place-head--person"><${MenuButton} />
    <h1><${Avatar} user=${person} size=${24} />${person.real_name}</h1>
    <span class="place-head__topic">${here.said(person.title)}</span></header>`;
}

function AppHead({ tab, im }) {
  const here = useHere();
  const tabButton = (
    name,
    place,
  ) => html`<button type="button" role="tab" class="tab" aria-selected=${tab === name}
    onClick=${() => go(here.user.id, place)}>${here.t(name)}</button>`;
  return html`<header class="place-head place-head--app"><${MenuButton} />
      <h1><${Avatar} user=${userOf(store.app.bot_user_id)} size=${24} />${store.app.name}</h1><span
        class="badge">${here.t("app")}</span></header>
    <div class="tabs" role="tablist"
      aria-label=${store.app.name}>${tabButton("home", "home")}${im && tabButton("messages", im.id)}</div>`;
}

function Beginning({ channel }) {
  const here = useHere();
  const title = channelTitle(channel, here);
  if (channel.is_im) {
    return html`<div class="beginning"><${Avatar} user=${partnerIn(channel, here.user)} size=${48} />
      <h2>${title}</h2>
      <p>${here.t("beginningDirect", { place: title })} ${channel.user ? store.app.im_hint : ""}</p></div>`;
  }
  return html`<div class="beginning"><h2><${Icon} name=${channel.is_private ? "lock" : "hash"} size=${26}
    />${channel.name}</h2>
    <p>${here.t("beginning", { place: title })} ${inline(here.said(channel.topic), here)}</p></div>`;
}

function Writing({ channel }) {
  const here = useHere();
  const place = channelTitle(channel, here);
  const isMember = channel.members.includes(here.user.id);
  if (!isMember) return html`<div class="no-member">${here.t("noMember", { place })}</div>`;
  return html`<${Composer} key=${`${here.user.id}${channel.id}`} channelId=${channel.id}
    label=${here.t("messageTo", { place })} />`;
}

function Head({ channel }) {
  const here = useHere();
  if (!channel.is_im) return html`<${ChannelHead} channel=${channel} />`;
  if (channel.user) return html`<${AppHead} tab="messages" im=${channel} />`;
  return html`<${PersonHead} person=${partnerIn(channel, here.user)} />`;
}

export function Conversation({ place }) {
  const here = useHere();
  const { im } = placesOf(here.user);
  if (place === "home")
    return html`<main class="conversation"><${AppHead} tab="home" im=${im} /><${Home} key=${here.user.id} />
      </main>`;
  const channel = channelOf(place);
  return html`<main class="conversation">
    <${Head} channel=${channel} />
    <${MessageList} key=${`${here.user.id}${place}`} channelId=${place}
      label=${here.t("messagesIn", { place: channelTitle(channel, here) })}>
      <${Beginning} channel=${channel} /><//>
    <${Writing} channel=${channel} />
  </main>`;
}
