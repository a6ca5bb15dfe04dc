// The middle column: a channel, or the app with its tabs Home and Messages.
import { html, useViewer } from "./kit.js";
import { NewChat } from "./assistant.js";
import { Composer } from "./composer.js";
import { Home } from "./home.js";
import { Avatar, Icon } from "./icons.js";
import { MessageList } from "./messages.js";
import { inline } from "./mrkdwn.js";
import { appAt, go, homeOf, nameIn, partnerIn, placesOf } from "./route.js";
import { appIn, channelOf, show, userOf } from "./store.js";

export const channelTitle = (channel, viewer) =>
  channel.is_im || channel.is_mpim ? nameIn(channel, viewer.user) : `#${channel.name}`;

export function MenuButton() {
  const viewer = useViewer();
  return html`<button type="button" class="icon-button only-phone" aria-label=${viewer.t("menu")}
    onClick=${() => show({ sidebar: true })}>
    <${Icon} name="menu" /></button>`;
}

function ChannelHead({ channel }) {
  const viewer = useViewer();
  return html`<header class="place-head"><${MenuButton} />
    <h1><${Icon} name=${channel.is_private ? "lock" : "hash"} size=${18} />${nameIn(channel, viewer.user)}</h1>
    <span class="place-head__topic">${inline(viewer.said(channel.topic), viewer)}</span>
    <span class="place-head__members" aria-label=${viewer.t("members", { count: channel.members.length })}>
      ${channel.members.slice(0, 3).map(
        (id) => html`<${Avatar} user=${userOf(id)} size=${20}
        />`,
      )}<b>${channel.members.length}</b></span>
  </header>`;
}

function PersonHead({ person }) {
  const viewer = useViewer();
  return html`<header class="place-head place-head--person"><${MenuButton} />
    <h1><${Avatar} user=${person} size=${24} />${person.real_name}</h1>
    <span class="place-head__topic">${viewer.said(person.title)}</span></header>`;
}

function AppHead({ tab, im, app }) {
  const viewer = useViewer();
  const tabButton = (
    name,
    place,
  ) => html`<button type="button" role="tab" class="tab" aria-selected=${tab === name}
    onClick=${() => go(viewer.user.id, place)}>${viewer.t(name)}</button>`;
  return html`<header class="place-head place-head--app"><${MenuButton} />
      <h1><${Avatar} user=${userOf(app.bot_user_id)} size=${24} />${app.name}</h1><span
        class="badge">${viewer.t("app")}</span><${NewChat} im=${im} /></header>
    <div class="tabs" role="tablist"
      aria-label=${app.name}>${app.has_home_tab && tabButton("home", homeOf(app))}${im && app.has_messages_tab && tabButton("messages", im.id)}</div>`;
}

function Beginning({ channel }) {
  const viewer = useViewer();
  const title = channelTitle(channel, viewer);
  if (channel.is_im) {
    return html`<div class="beginning"><${Avatar} user=${partnerIn(channel, viewer.user)} size=${48} />
      <h2>${title}</h2>
      <p>${viewer.t("beginningDirect", { place: title })} ${channel.user ? appIn(channel).im_hint : ""}</p></div>`;
  }
  return html`<div class="beginning"><h2><${Icon} name=${channel.is_private ? "lock" : "hash"} size=${26}
    />${channel.name}</h2>
    <p>${viewer.t("beginning", { place: title })} ${inline(viewer.said(channel.topic), viewer)}</p></div>`;
}

function Writing({ channel }) {
  const viewer = useViewer();
  const place = channelTitle(channel, viewer);
  const isMember = channel.members.includes(viewer.user.id);
  if (!isMember) return html`<div class="no-member">${viewer.t("noMember", { place })}</div>`;
  const app = channel.user && appIn(channel);
  if (app && (app.is_read_only || !app.has_messages_tab))
    return html`<div class="read-only">${viewer.t("readOnly", { app: app.name })}</div>`;
  if (channel.is_archived) return html`<div class="read-only">${viewer.t("archived", { place })}</div>`;
  return html`<${Composer} key=${`${viewer.user.id}${channel.id}`} channelId=${channel.id}
    label=${viewer.t("messageTo", { place })} />`;
}

function Head({ channel }) {
  const viewer = useViewer();
  if (!channel.is_im) return html`<${ChannelHead} channel=${channel} />`;
  if (channel.user) return html`<${AppHead} tab="messages" im=${channel} app=${appIn(channel)} />`;
  return html`<${PersonHead} person=${partnerIn(channel, viewer.user)} />`;
}

export function Conversation({ place }) {
  const viewer = useViewer();
  const app = appAt(place);
  if (app) {
    const im = placesOf(viewer.user).ims.find((one) => appIn(one) === app);
    return html`<main class="conversation"><${AppHead} tab="home" im=${im} app=${app} /><${Home}
      key=${`${viewer.user.id} ${app.id}`} app=${app} /></main>`;
  }
  const channel = channelOf(place);
  return html`<main class="conversation">
    <${Head} channel=${channel} />
    <${MessageList} key=${`${viewer.user.id}${place}`} channelId=${place}
      label=${viewer.t("messagesIn", { place: channelTitle(channel, viewer) })}>
      <${Beginning} channel=${channel} /><//>
    <${Writing} channel=${channel} />
  </main>`;
}
