// Emoji on messages: those that are there, and a small window to choose one more.
import { html, useViewer, useState, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { emojiLike, emojiNode } from "./emoji.js";
import { Icon } from "./icons.js";
import { useOpening } from "./menu.js";
import { Popup, walkItems } from "./popup.js";

const OFTEN = ["white_check_mark", "eyes", "raised_hands", "+1", "tada", "heart", "joy", "thinking_face"];
const MOST = 24;

export async function react(viewer, message, name) {
  const { channel, ts } = message;
  sayRefusal(viewer, await post("react", { user: viewer.user.id, channel, message_ts: ts, name }));
}

function Choice({ onPick }) {
  const viewer = useViewer();
  const [part, setPart] = useState("");
  const found = part ? emojiLike(part.toLowerCase().replace(/^:|:$/g, ""), MOST) : OFTEN;
  const enter = (event) => event.key === "Enter" && found[0] && onPick(found[0]);
  return html`<div class="emoji-choice" onKeyDown=${walkItems}>
    <input class="field" role="searchbox" aria-label=${viewer.t("searchEmoji")} placeholder=${viewer.t("searchEmoji")}
      value=${part} onInput=${(event) => setPart(event.target.value)} onKeyDown=${enter} />
    <div role="menu" class="emoji-choice__grid" aria-label=${viewer.t("addReaction")}>${found.map(
      (name) => html`<button type="button" role="menuitem" class="emoji-choice__one" title=${`:${name}:`}
        aria-label=${name} onClick=${() => onPick(name)}>${emojiNode(name)}</button>`,
    )}${!found.length && html`<div class="options__empty">${viewer.t("noResults")}</div>`}</div></div>`;
}

export function AddReaction({ message, look = "icon-button" }) {
  const viewer = useViewer();
  const { open, setOpen, close, trigger } = useOpening();
  const pick = (name) => {
    close(true);
    react(viewer, message, name);
  };
  const label = viewer.t("addReaction");
  return html`<button type="button" class=${look} ref=${trigger} aria-label=${label} title=${label}
      aria-haspopup="menu" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="smile" size=${18} />
    </button>
    ${open && html`<${Popup} anchor=${trigger} onClose=${close} width=${300} alignEnd><${Choice} onPick=${pick} /><//>`}`;
}

export function Reactions({ message }) {
  const viewer = useViewer();
  if (!message.reactions?.length) return null;
  const chip = ({ name, users, count }) => {
    const mine = users.includes(viewer.user.id);
    const who = users.map((id) => viewer.nameOf(id)).join(", ");
    const label = viewer.t("reacted", { who, name });
    return html`<button type="button" key=${name} class=${classes("reaction", mine && "reaction--mine")}
      aria-pressed=${mine} aria-label=${label} title=${label} onClick=${() => react(viewer, message, name)}>
      <span aria-hidden="true">${emojiNode(name) ?? `:${name}:`}</span><b>${count}</b></button>`;
  };
  return html`<div class="reactions">${message.reactions.map(chip)}
    <${AddReaction} message=${message} look="reaction reaction--add" /></div>`;
}
