// Moments as a person reads them: in that person's language and time zone, and Slack's <!date> tokens.
const DAY_MS = 86400000;

const formats = new Map();

/* Making a format costs far more than using it, and a long list uses the same few. */
function formatOf(locale, timeZone, options) {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone, ...options }));
  return formats.get(key);
}

export function format(date, viewer, options) {
  return formatOf(viewer.locale, viewer.tz, options).format(date);
}

const isoDay = (date, viewer) => formatOf("en-CA", viewer.tz, {}).format(date);

function ordinal(day) {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${teens ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/* American English writes "November 23rd"; every other locale is left to its own order. */
function longDate(date, viewer, options) {
  const text = format(date, viewer, { month: "long", day: "numeric", ...options });
  if (viewer.locale !== "en-US") return text;
  const day = format(date, viewer, { day: "numeric" });
  return text.replace(new RegExp(`\\b${day}\\b`), ordinal(Number(day)));
}

const dayNumber = (date, viewer) => Date.parse(isoDay(date, viewer)) / DAY_MS;

function nearDay(date, viewer) {
  const word = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[
    dayNumber(date, viewer) - dayNumber(viewer.now(), viewer)
  ];
  return word && viewer.t(word);
}

export const clockTime = (date, viewer) => format(date, viewer, { hour: "numeric", minute: "2-digit" });

const dayInSentence = (date, viewer) =>
  nearDay(date, viewer)?.toLowerCase() ?? longDate(date, viewer, { weekday: "long" });

export const dayLabel = (date, viewer) => capital(dayInSentence(date, viewer));

export const shortDate = (date, viewer) => format(date, viewer, { day: "numeric", month: "short" });

export const sameDay = (a, b, viewer) => dayNumber(a, viewer) === dayNumber(b, viewer);

export const tsDate = (ts) => new Date(Number(ts) * 1000);

export const momentInSentence = (date, viewer) =>
  viewer.t("dayAt", { day: dayInSentence(date, viewer), time: clockTime(date, viewer) });

export const dayAndTime = (date, viewer) => capital(momentInSentence(date, viewer));

function ago(date, viewer) {
  const seconds = (date - viewer.now()) / 1000;
  const [unit, size] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(viewer.locale, { numeric: "auto" }).format(
    Math.round(seconds / size),
    unit,
  );
}

const TOKENS = {
  date_num: isoDay,
  date: (d, viewer) => longDate(d, viewer, { year: "numeric" }),
  date_slash: (d, viewer) => format(d, viewer, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date_short: (d, viewer) => format(d, viewer, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (d, viewer) => longDate(d, viewer, { weekday: "long", year: "numeric" }),
  date_long_full: (d, viewer) => longDate(d, viewer, { weekday: "long", year: "numeric" }),
  time: clockTime,
  time_secs: (d, viewer) => format(d, viewer, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
  day_divider_pretty: (d, viewer) => dayLabel(d, viewer),
};

export function slackDate(seconds, pattern, viewer) {
  const date = new Date(Number(seconds) * 1000);
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    if (TOKENS[name]) return TOKENS[name](date, viewer);
    const plain = TOKENS[name.replace(/_pretty$/, "")];
    if (!plain) return whole;
    const near = nearDay(date, viewer);
    return near ? near.toLowerCase() : plain(date, viewer);
  });
}

/* Seconds since 1970 as a datetime-local field writes them: 2026-11-25T22:30, in the reader's zone. */
export function wallClock(seconds, viewer) {
  const options = { dateStyle: "short", timeStyle: "short" };
  return formatOf("sv-SE", viewer.tz, options)
    .format(new Date(seconds * 1000))
    .replace(" ", "T");
}

export function fromWallClock(written, viewer) {
  const wanted = Date.parse(`${written}Z`) / 1000;
  const offsetAt = (seconds) => Date.parse(`${wallClock(seconds, viewer)}Z`) / 1000 - seconds;
  // Asked twice, for the zone's offset may change between the guess and the moment meant.
  return wanted - offsetAt(wanted - offsetAt(wanted));
}
