// Who is acting, and where: kept in the URL's hash (#/U.../C... or #/U.../home), so links and reloads keep both.
import { store } from "./store.js";

export function people() {
  return store.users.filter((user) => !user.is_bot && !user.deleted);
}

export function placesOf(user) {
  const channels = store.channels.filter((c) => !c.is_im && c.members?.includes(user.id));
  const im = store.channels.find((c) => c.is_im && c.user === user.id);
  return { channels, im };
}

function allowed(place, user) {
  if (place === "home") return true;
  const channel = store.channels.find((c) => c.id === place);
  if (!channel) return false;
  if (channel.is_im) return channel.user === user.id;
  return !channel.is_private || channel.members?.includes(user.id);
}

export function currentRoute() {
  const [, userId, place] = location.hash.split("/");
  const user = people().find((u) => u.id === userId) ?? people()[0];
  return { user, place: allowed(place, user) ? place : (placesOf(user).channels[0]?.id ?? "home") };
}

export function go(userId, place) {
  location.hash = `#/${userId}/${place}`;
}
