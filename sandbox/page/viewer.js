// Everything a component needs to know of the person who looks at the page.
import { channelOf, now, store, userOf } from "./store.js";
import { languageOf, wordsFor } from "./words.js";

export const viewerOf = (user) => ({
  user,
  locale: user.locale || "en-US",
  tz: user.tz || "UTC",
  t: wordsFor(user.locale),
  language: languageOf(user.locale),
  /* What somebody in the workspace wrote, in the reader's language where the workspace has it so. */
  said: (sentence) => store.translations[languageOf(user.locale)]?.[sentence] ?? sentence ?? "",
  now,
  nameOf: (id) => userOf(id).real_name || userOf(id).name,
  groupName: (id) => store.usergroups.find((group) => group.id === id)?.handle ?? id,
  channelName: (id) => channelOf(id)?.name ?? id,
});
