// Moments as a person reads them: in that person's language and time zone, and Slack's <!date> tokens.
const DAY_MS = 86400000;

const formats = new Map();

/* Making a format costs far more than using it, and a long list uses the same few. */
function formatOf(locale, timeZone, options) {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone, ...options }));
  return formats.get(key);
}

export function format(date, here, options) {
  return formatOf(here.locale, here.tz, options).format(date);
}

const isoDay = (date, here) => formatOf("en-CA", here.tz, {}).format(date);

function ordinal(day) {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${teens ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/* American English writes "November 23rd"; every other locale is left to its own order. */
function longDate(date, here, options) {
  const text = format(date, here, { month: "long", day: "numeric", ...options });
  if (here.locale !== "en-US") return text;
  const day = format(date, here, { day: "numeric" });
  return text.replace(new RegExp(`\\b${day}\\b`), ordinal(Number(day)));
}

const dayNumber = (date, here) => Date.parse(isoDay(date, here)) / DAY_MS;

function nearDay(date, here) {
  const word = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[
    dayNumber(date, here) - dayNumber(here.now(), here)
  ];
  return word && here.t(word);
}

export const clockTime = (date, here) => format(date, here, { hour: "numeric", minute: "2-digit" });

const dayInSentence = (date, here) =>
  nearDay(date, here)?.toLowerCase() ?? longDate(date, here, { weekday: "long" });

export const dayLabel = (date, here) => capital(dayInSentence(date, here));

export const shortDate = (date, here) => format(date, here, { day: "numeric", month: "short" });

export const sameDay = (a, b, here) => dayNumber(a, here) === dayNumber(b, here);

export const tsDate = (ts) => new Date(Number(ts) * 1000);

export const momentInSentence = (date, here) =>
  here.t("dayAt", { day: dayInSentence(date, here), time: clockTime(date, here) });

export const dayAndTime = (date, here) => capital(momentInSentence(date, here));

function ago(date, here) {
  const seconds = (date - here.now()) / 1000;
  const [unit, size] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(here.locale, { numeric: "auto" }).format(
    Math.round(seconds / size),
    unit,
  );
}

const TOKENS = {
  date_num: isoDay,
  date: (d, here) => longDate(d, here, { year: "numeric" }),
  date_slash: (d, here) => format(d, here, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date_short: (d, here) => format(d, here, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (d, here) => longDate(d, here, { weekday: "long", year: "numeric" }),
  date_long_full: (d, here) => longDate(d, here, { weekday: "long", year: "numeric" }),
  time: clockTime,
  time_secs: (d, here) => format(d, here, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
  day_divider_pretty: (d, here) => dayLabel(d, here),
};

export function slackDate(seconds, pattern, here) {
  const date = new Date(Number(seconds) * 1000);
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    if (TOKENS[name]) return TOKENS[name](date, here);
    const plain = TOKENS[name.replace(/_pretty$/, "")];
    if (!plain) return whole;
    const near = nearDay(date, here);
    return near ? near.toLowerCase() : plain(date, here);
  });
}

/* Seconds since 1970 as a datetime-local field writes them: 2026-11-25T22:30, in the reader's zone. */
export function wallClock(seconds, here) {
  const options = { dateStyle: "short", timeStyle: "short" };
  return formatOf("sv-SE", here.tz, options)
    .format(new Date(seconds * 1000))
    .replace(" ", "T");
}

export function fromWallClock(written, here) {
  const wanted = Date.parse(`${written}Z`) / 1000;
  const offsetAt = (seconds) => Date.parse(`${wallClock(seconds, here)}Z`) / 1000 - seconds;
  // Asked twice, for the zone's offset may change between the guess and the moment meant.
  return wanted - offsetAt(wanted - offsetAt(wanted));
}
