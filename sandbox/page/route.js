// Who is acting, and where: kept in the URL's hash (#/U.../C... or #/U.../home), so links and reloads keep both.
import { isApp, store, userOf } from "./store.js";

export function people() {
  return store.users.filter((user) => !user.is_bot && !user.deleted);
}

/* The person or app that somebody writes with in this direct conversation. */
export const partnerIn = (channel, user) => userOf(channel.members.find((id) => id !== user.id));

/* Each app has a Home; that of the first one is at `home`. */
export const homeOf = (app) => (app === store.apps[0] ? "home" : `home-${app.id}`);
export const appAt = (place) => store.apps.find((app) => homeOf(app) === place);

/* What a conversation is called by somebody in it. */
export function nameIn(channel, user) {
  if (channel.is_mpim) {
    const others = channel.members.filter((id) => id !== user.id);
    return others.map((id) => userOf(id).real_name).join(", ");
  }
  return channel.is_im ? partnerIn(channel, user).real_name : channel.name;
}

export function placesOf(user) {
  const mine = store.channels.filter((c) => c.members.includes(user.id));
  const channels = mine.filter((c) => !c.is_im);
  const ims = mine.filter((c) => c.is_im && c.user && isApp(partnerIn(c, user).id));
  const directs = mine.filter((c) => c.is_im && !c.user && !partnerIn(c, user).deleted);
  return { channels, ims, im: ims[0], directs };
}

function allowed(place, user) {
  if (place === "home" || appAt(place)) return true;
  const channel = store.channels.find((c) => c.id === place);
  if (!channel) return false;
  return (!channel.is_im && !channel.is_private) || channel.members.includes(user.id);
}

export function currentRoute() {
  const [, userId, place] = location.hash.split("/");
  const user = people().find((u) => u.id === userId) ?? people()[0];
  return { user, place: allowed(place, user) ? place : (placesOf(user).channels[0]?.id ?? "home") };
}

export function go(userId, place) {
  location.hash = `#/${userId}/${place}`;
}
