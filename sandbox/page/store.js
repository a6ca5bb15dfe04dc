// What the page knows: the sandbox's state, kept current by its stream, and what is open on the page.
export const store = {
  ready: false,
  online: true,
  clock: null,
  clockReceived: 0,
  team: null,
  has_neighbours: false,
  app: null,
  apps: [],
  app_homes: {},
  users: [],
  usergroups: [],
  emoji: {},
  assistant: [],
  details: {},
  translations: {},
  channels: [],
  messages: {},
  older: {},
  faults: [],
  sdi: null,
  logged: 0,
  views: {},
  homes: {},
  mail: [],
};
export const ui = {
  drawer: null,
  thread: null,
  entity: null,
  file: null,
  confirm: null,
  editing: null,
  search: false,
  lastChannel: undefined,
  sidebar: false,
  notices: [],
  errors: {},
  read: {},
};

const subscribers = new Set();
const dropped = new Set();

export function subscribe(subscriber) {
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
}

export function changed() {
  for (const subscriber of subscribers) subscriber();
}

export function show(changes) {
  Object.assign(ui, changes);
  changed();
}

const key = (message) => `${message.channel} ${message.ts}`;

function dropEphemeral(messages) {
  for (const message of messages) if (message.ephemeral_to) dropped.add(key(message));
}

/* Ephemeral messages do not outlive a reload in Slack: those of the first load are left out for good. */
export function takeState(state) {
  if (!store.ready) dropEphemeral(state.messages);
  const local = Object.values(store.messages)
    .flat()
    .filter((m) => m.local);
  const { messages, clock, ...rest } = state;
  Object.assign(store, { older: {} }, rest, { ready: true, messages: {} });
  takeClock(clock);
  const byChannel = Map.groupBy([...messages, ...local], (m) => m.channel);
  for (const [channel, some] of byChannel) putMessages(channel, some);
  changed();
}

function takeClock(clock) {
  store.clock = clock;
  store.clockReceived = performance.now();
}

export function now() {
  return new Date(Date.parse(store.clock.now) + performance.now() - store.clockReceived);
}

const before = (a, b) => Number(a.ts) - Number(b.ts) || (a.ts < b.ts ? -1 : 1);

/* Messages nearly always come last, and thousands may be there: nothing is sorted that is in order. */
function putMessage(message) {
  const there = store.messages[message.channel] ?? [];
  const last = there.at(-1);
  if (!last || before(last, message) < 0) {
    store.messages[message.channel] = [...there, message];
    return;
  }
  const at = there.findIndex((m) => m.ts === message.ts);
  store.messages[message.channel] = at >= 0 ? there.with(at, message) : [...there, message].toSorted(before);
}

/* Many at once, in any order; what is there already stays as it is. */
function putMessages(channel, messages) {
  const known = new Set((store.messages[channel] ?? []).map((m) => m.ts));
  const fresh = messages.filter((m) => !known.has(m.ts) && !dropped.has(key(m)));
  store.messages[channel] = [...fresh, ...(store.messages[channel] ?? [])].toSorted(before);
}

/* The messages before the ones that are here, as they are scrolled to. */
export function takeOlder(channel, { messages, older }) {
  dropEphemeral(messages);
  putMessages(channel, messages);
  store.older = { ...store.older, [channel]: older };
  changed();
}

export function takeThread(channel, { messages }) {
  putMessages(channel, messages);
  changed();
}

const CHANGES = {
  message: ({ message }) => putMessage(message),
  message_deleted: ({ channel, ts }) => {
    store.messages[channel] = (store.messages[channel] ?? []).filter((m) => m.ts !== ts);
  },
  views: ({ user, stack }) => {
    store.views = { ...store.views, [user]: stack };
  },
  home: ({ user, view }) => {
    const homes = { ...store.app_homes[view.app_id], [user]: view };
    store.app_homes = { ...store.app_homes, [view.app_id]: homes };
  },
  channel: ({ channel }) => {
    const known = store.channels.some((c) => c.id === channel.id);
    store.channels = known
      ? store.channels.map((c) => (c.id === channel.id ? channel : c))
      : [...store.channels, channel];
  },
  user: ({ user }) => {
    const known = store.users.some((u) => u.id === user.id);
    store.users = known ? store.users.map((u) => (u.id === user.id ? user : u)) : [...store.users, user];
  },
  clock: ({ clock }) => takeClock(clock),
  mail: ({ mail }) => {
    store.mail = [...store.mail.filter((m) => m.id !== mail.id), mail];
  },
  faults: ({ faults }) => {
    store.faults = faults;
  },
  sdi: ({ sdi }) => {
    store.sdi = sdi;
  },
  emoji: ({ emoji }) => {
    store.emoji = emoji;
  },
  assistant: ({ thread }) => {
    const others = store.assistant.filter((t) => t.channel !== thread.channel || t.ts !== thread.ts);
    store.assistant = [...others, thread];
  },
  details: ({ user, details }) => {
    store.details = { ...store.details, [user]: details };
  },
  log: ({ number }) => {
    store.logged = number;
  },
  notice: ({ user, text }) => addNotice(user, text),
};

export function applyChange(change) {
  CHANGES[change.kind]?.(change);
  // Of what goes over the wire only the inspector draws anything.
  if (change.kind !== "log" || ui.drawer === "inspector") changed();
}

let noticeCount = 0;
const NOTICE_MS = 8000;

function addNotice(user, text) {
  const id = ++noticeCount;
  ui.notices = [...ui.notices, { id, user, text }];
  setTimeout(dismissNotice, NOTICE_MS, id);
}

export function notify(user, text) {
  addNotice(user, text);
  changed();
}

export function dismissNotice(id) {
  show({ notices: ui.notices.filter((notice) => notice.id !== id) });
}

/* Slackbot's private words, made by the page alone: the sandbox never hears of them. */
export function slackbotSays(user, channel, text, threadTs = null) {
  const last = Math.max(now().getTime() / 1000, ...(store.messages[channel] ?? []).map((m) => Number(m.ts)));
  putMessage({
    channel,
    ts: (last + 0.001).toFixed(6),
    user: "USLACKBOT",
    text,
    thread_ts: threadTs,
    ephemeral_to: user,
    local: true,
  });
  changed();
}

const SLACKBOT = { id: "USLACKBOT", real_name: "Slackbot", color: "#4a154b", initials: "S", is_bot: true };

export function userOf(id) {
  const known = store.users.find((user) => user.id === id);
  if (known) return known;
  if (id === SLACKBOT.id) return SLACKBOT;
  const isApp = id === store.app.bot_user_id;
  return { id, real_name: isApp ? store.app.name : id, color: "#4a154b", is_bot: isApp };
}

/* The app that somebody writes with in this direct conversation; the first one where there is none. */
export const appIn = (channel) =>
  store.apps.find((app) => channel?.members.includes(app.bot_user_id)) ?? store.app;

export const isApp = (id) => store.apps.some((app) => app.bot_user_id === id);

/* Commands and shortcuts of all apps, each with its app. */
export const allOf = (kind) => store.apps.flatMap((app) => app[kind].map((one) => ({ ...one, app })));

export function channelOf(id) {
  return store.channels.find((channel) => channel.id === id);
}

export function visibleMessages(channelId, userId) {
  return (store.messages[channelId] ?? []).filter((m) => !m.ephemeral_to || m.ephemeral_to === userId);
}
