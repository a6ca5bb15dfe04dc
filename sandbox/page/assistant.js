// The app as an assistant: a chat begins, and shows its title, what it does, and what one may say with a click.
import { html, useViewer } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Icon } from "./icons.js";
import { appIn, channelOf, show, store, ui } from "./store.js";

export const assistantIn = ({ channel, ts }) =>
  store.assistant.find((thread) => thread.channel === channel && thread.ts === ts);

export function NewChat({ im }) {
  const viewer = useViewer();
  const app = appIn(im);
  if (!app.is_assistant || !im) return null;
  const begin = async () => {
    const answered = await post("assistant", {
      user: viewer.user.id,
      app: app.id,
      looking_at: ui.lastChannel,
    });
    sayRefusal(viewer, answered);
    if (answered.thread_ts) show({ thread: { channel: answered.channel, ts: answered.thread_ts } });
  };
  return html`<button type="button" class="button button--small new-chat" onClick=${begin}><${Icon} name="bolt"
    size=${16} />${viewer.t("newChat")}</button>`;
}

export function Assisting({ thread, answered }) {
  const viewer = useViewer();
  if (!thread) return null;
  const { channel, ts, prompts } = thread;
  const say = async (text) =>
    sayRefusal(viewer, await post("say", { user: viewer.user.id, channel, thread_ts: ts, text }));
  return html`
    ${
      prompts.length > 0 &&
      !answered &&
      html`<div class="prompts">${thread.prompts_title && html`<b>${thread.prompts_title}</b>`}${prompts.map(
        ({ title, message }) => html`<button type="button" class="button button--small"
          onClick=${() => say(message)}>${title}</button>`,
      )}</div>`
    }
    ${thread.status && html`<div class="assisting" role="status">${appIn(channelOf(channel)).name} ${thread.status}</div>`}`;
}
