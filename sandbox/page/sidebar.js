// The sidebar: the workspace, who you are, and the places you can go.
import { html, useViewer, useLayoutEffect, useRef, classes } from "./kit.js";
import { Avatar, Icon } from "./icons.js";
import { useOpening } from "./menu.js";
import { Popup, walkItems } from "./popup.js";
import { appAt, go, homeOf, nameIn, partnerIn, people, placesOf } from "./route.js";
import { appIn, show, store, ui, userOf, visibleMessages } from "./store.js";
import { WorkspaceName } from "./workspaces.js";

/* Where another person goes on: at the same place, in their own messages with the app, else at the first. */
function placeFor(user, place) {
  const { channels, im, directs } = placesOf(user);
  if (appAt(place) || [...channels, ...directs].some((c) => c.id === place)) return place;
  const withApp = store.channels.some((c) => c.id === place && c.user);
  if (withApp && im) return im.id;
  return channels[0]?.id ?? "home";
}

function PersonSwitcher({ place }) {
  const viewer = useViewer();
  const { open, setOpen, close, trigger } = useOpening();
  const choose = (user) => {
    close(true);
    go(user.id, placeFor(user, place));
  };
  const pressed = (event, user) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(user);
  };
  const { user } = viewer;
  return html`<button type="button" class="person" ref=${trigger} aria-haspopup="listbox" aria-expanded=${open}
      aria-label=${`${viewer.t("youAre", { name: user.real_name })}, ${viewer.said(user.title)}`} onClick=${() => setOpen(!open)}>
      <${Avatar} user=${user} size=${36} /><span class="person__text">
        <b>${viewer.t("youAre", { name: user.real_name })}</b><small>${viewer.said(user.title)}</small></span>
      <${Icon} name="down" size=${16} /></button>
    ${
      open &&
      html`<${Popup} anchor=${trigger} onClose=${close} width=${300}>
      <div role="listbox" class="menu" aria-label=${viewer.t("choosePerson")} onKeyDown=${walkItems}>
        ${people().map(
          (person) => html`<div role="option" tabindex="-1" class="menu__item person-option"
            aria-selected=${person.id === user.id}
          onClick=${() => choose(person)} onKeyDown=${(event) => pressed(event, person)}>
          <${Avatar} user=${person} size=${32} /><span>${person.real_name}<small>${viewer.said(person.title)}</small></span>
          ${person.id === user.id && html`<${Icon} name="check" size=${16} />`}</div>`,
        )}
      </div><//>`
    }`;
}

function unreadOf(channelId, viewer) {
  const read = Number(ui.read[`${viewer.user.id} ${channelId}`] ?? ui.readAll ?? 0);
  return visibleMessages(channelId, viewer.user.id).filter(
    (m) => Number(m.ts) > read && m.user !== viewer.user.id && !m.ephemeral_to,
  );
}

const unreadIn = (channelId, viewer) => unreadOf(channelId, viewer).length;

/* Of what is unread in a channel only that is counted in which somebody is called. */
function callsIn(channelId, viewer) {
  const called = new RegExp(`<@${viewer.user.id}(\\|[^>]*)?>|<!(?:here|channel|everyone)`);
  return unreadOf(channelId, viewer).filter((m) => called.test(m.text)).length;
}

/* What waits for the person: all that was said to them directly, and where they were called. */
export function waitingFor(viewer) {
  const { channels, ims, directs } = placesOf(viewer.user);
  const direct = [...directs, ...ims].map((c) => unreadIn(c.id, viewer));
  return [...direct, ...channels.map((c) => callsIn(c.id, viewer))].reduce((sum, count) => sum + count, 0);
}

/* What the person looks at counts as read. */
export function markRead(userId, channelId) {
  const last = visibleMessages(channelId, userId).at(-1);
  if (last) ui.read[`${userId} ${channelId}`] = last.ts;
}

function Place({ id, place, unread, count, icon, name }) {
  const viewer = useViewer();
  const current = id === place;
  const fresh = !current && unread > 0;
  return html`<a class=${classes("place", current && "place--current", fresh && "place--unread")}
    href=${`#/${viewer.user.id}/${id}`}
    aria-current=${current ? "page" : undefined} onClick=${() => show({ sidebar: false })}>
    ${icon}<span class="place__name">${name}</span>
    ${
      fresh &&
      html`<span class=${count ? "place__count" : "hidden"}
      aria-label=${viewer.t("unread", { count: unread })}>${count || ""}</span>`
    }</a>`;
}

export function Sidebar({ place }) {
  const viewer = useViewer();
  const { channels, ims, directs } = placesOf(viewer.user);
  const box = useRef();
  useLayoutEffect(() => {
    if (ui.sidebar) box.current.querySelector("a,button").focus();
  }, [ui.sidebar]);
  const close = () => show({ sidebar: false });
  return html`
    ${ui.sidebar && html`<div class="sidebar-scrim" onClick=${close}></div>`}
    <nav class=${classes("sidebar", ui.sidebar && "sidebar--open")} ref=${box} aria-label=${store.team.name}
      onKeyDown=${(event) => event.key === "Escape" && close()}>
      <div class="workspace"><${WorkspaceName} />
        <button type="button" class="icon-button only-phone" aria-label=${viewer.t("closeMenu")} onClick=${close}>
          <${Icon} name="close" /></button></div>
      <${PersonSwitcher} place=${place} />
      <div class="places">
        ${
          store.app.has_home_tab &&
          html`<${Place} id="home" place=${place} icon=${html`<${Icon} name="home" size=${18} />`}
          name=${viewer.t("home")} />`
        }
        <h2 class="places__title"><${Icon} name="down" size=${14} />${viewer.t("channels")}</h2>
        ${channels.map(
          (c) => html`<${Place} key=${c.id} id=${c.id} place=${place} name=${nameIn(c, viewer.user)}
          unread=${unreadIn(c.id, viewer)} count=${callsIn(c.id, viewer)}
          icon=${html`<${Icon} name=${c.is_private ? "lock" : "hash"} size=${16} />`} />`,
        )}
        <h2 class="places__title"><${Icon} name="down" size=${14} />${viewer.t("directMessages")}</h2>
        ${directs.map((c) => {
          const partner = partnerIn(c, viewer.user);
          return html`<${Place} key=${c.id} id=${c.id} place=${place} name=${partner.real_name}
            unread=${unreadIn(c.id, viewer)} count=${unreadIn(c.id, viewer)} icon=${html`<${Avatar} user=${partner} size=${20} />`} />`;
        })}
        <h2 class="places__title"><${Icon} name="down" size=${14} />${viewer.t("apps")}</h2>
        ${ims.map((one) => {
          const app = appIn(one);
          const waiting = unreadIn(one.id, viewer);
          // Who has no Messages tab has a Home, or nothing.
          const id = app.has_messages_tab ? one.id : homeOf(app);
          return html`<${Place} key=${one.id} id=${id} place=${place} name=${app.name} unread=${waiting}
            count=${waiting} icon=${html`<${Avatar} user=${userOf(app.bot_user_id)} size=${20} />`} />`;
        })}
      </div>
    </nav>`;
}
