// Everything a component needs to know of the person who looks at the page.
import { channelOf, now, userOf } from "./store.js";
import { wordsFor } from "./words.js";

export const personSeeing = (user) => ({
  user,
  locale: user.locale || "en-US",
  tz: user.tz || "UTC",
  t: wordsFor(user.locale),
  now,
  nameOf: (id) => userOf(id).real_name || userOf(id).name,
  channelName: (id) => channelOf(id)?.name ?? id,
});
