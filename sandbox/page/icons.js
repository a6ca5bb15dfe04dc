// The page's line icons, drawn here so that nothing is fetched.
import { html } from "./kit.js";
import { store } from "./store.js";

const PATHS = {
  hash: "M8 3 6.5 17M13.5 3 12 17M3.5 7.5h14M2.5 12.5h14",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  home: "M3 9.5 10 3.5l7 6V17h-5v-4.5H8V17H3z",
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM7 8v.01M13 8v.01M6.5 11.5a4 4 0 0 0 7 0",
  search: "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM12.5 12.5 17 17",
  paper: "M5 2.5h10v15l-2.5-1.5-2.5 1.5L7.5 16 5 17.5zM7.5 7h5M7.5 10.5h5",
  mail: "M2.5 4.5h15v11h-15zM3 5l7 6 7-6",
  clock: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 5.5V10l3 2",
  wire: "M7 5 2.5 10 7 15M13 5l4.5 5-4.5 5M11 4 9 16",
  bolt: "M11 2.5 4 11.5h5L8.5 17.5l7-9h-5z",
  send: "M3 3.5 17.5 10 3 16.5 5 10zM5 10h6",
  close: "M4.5 4.5l11 11M15.5 4.5l-11 11",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  right: "M8 5l5 5-5 5",
  left: "M12 5l-5 5 5 5",
  back: "M16 10H4M9 5l-5 5 5 5",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  eye: "M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10zM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  download: "M10 3v9M6 8.5l4 4 4-4M3.5 16.5h13",
  check: "M4 10.5l4 4 8-9",
  menu: "M3 5h14M3 10h14M3 15h14",
  reply: "M3.5 4h13v9.5H9L5.5 16.5v-3h-2zM7 7.5h6M7 10.5h4",
  info: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 9v5M10 6.2v.01",
  thumbUp:
    "M6.5 9 10 2.5c1.5 0 2 1 2 2.5L11.5 8H16c1 0 1.5.8 1.3 1.7l-1.3 6c-.2.8-.8 1.3-1.5 1.3H6.5zM3 9h3.5v8H3z",
  thumbDown:
    "M13.5 11 10 17.5c-1.5 0-2-1-2-2.5l.5-3H4c-1 0-1.5-.8-1.3-1.7l1.3-6C4.2 3.5 4.8 3 5.5 3h8zM17 11h-3.5V3H17z",
  trash: "M4 5.5h12M8 5V3h4v2M5.5 5.5l.8 11.5h7.4l.8-11.5M8.5 8.5v5.5M11.5 8.5v5.5",
  play: "M6 4l10 6-10 6z",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  flag: "M5 17.5V3.5c3-2 6 2 10 0v8c-4 2-7-2-10 0",
  bug: "M7 7a3 3 0 0 1 6 0M6 8.5h8v4a4 4 0 0 1-8 0zM10 8.5v8M2.5 11H6M14 11h3.5M3.5 5.5 6 8.5M16.5 5.5 14 8.5M3.5 17l3-2.5M16.5 17l-3-2.5",
  warning: "M10 3 18 16.5H2zM10 8v4M10 14.2v.01",
};

export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" viewBox="0 0 20 20" width=${size} height=${size} aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} fill="none" stroke="currentColor" stroke-width=${name === "dots" ? 2.5 : 1.5}
      stroke-linecap="round" stroke-linejoin="round" /></svg>`;
}

const initialsOf = (name) =>
  name
    .split(/\s+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function Avatar({ user, size = 36 }) {
  const box = `width:${size}px;height:${size}px`;
  if (user.id === store.app.bot_user_id)
    return html`<img class="avatar" src="/page/app-icon.svg" alt="" style=${box} />`;
  const name = user.real_name || user.name;
  return html`<span class="avatar" aria-hidden="true"
    style=${`${box};font-size:${Math.round(size * 0.42)}px;background:${user.color || "#616061"}`}
    >${user.initials || initialsOf(name)}</span>`;
}
