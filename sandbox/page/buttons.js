// Block Kit's buttons and overflow menus.
import { html, useViewer, useState, classes } from "./kit.js";
import { act, confirmed } from "./acting.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { plainText, safeUrl } from "./mrkdwn.js";
import { notify } from "./store.js";

export function Button({ element, surface, blockId }) {
  const viewer = useViewer();
  const [busy, setBusy] = useState(false);
  const label = plainText(element.text.text);
  const look = classes(
    "button button--small",
    element.style && `button--${element.style}`,
    busy && "button--busy",
  );
  const press = async (event) => {
    if (busy) return;
    if (element.url && element.confirm) event.preventDefault();
    if (!(await confirmed(element.confirm))) return;
    if (element.url && element.confirm) open(safeUrl(element.url), "_blank", "noopener");
    setBusy(true);
    await act(viewer, surface, blockId, element, { value: element.value });
    setBusy(false);
  };
  const common = {
    class: look,
    onClick: press,
    "aria-label": element.accessibility_label,
    "data-action": element.action_id,
  };
  if (safeUrl(element.url)) {
    return html`<a ...${common} href=${safeUrl(element.url)} target="_blank" rel="noopener noreferrer">${label}
      </a>`;
  }
  return html`<button type="button" ...${common} aria-busy=${busy}><span class="button__text">${label}</span>
    </button>`;
}

/* It starts a workflow, of which the app hears nothing; here there are none to start. */
export function WorkflowButton({ element }) {
  const viewer = useViewer();
  const look = classes("button button--small", element.style && `button--${element.style}`);
  return html`<button type="button" class=${look} aria-label=${element.accessibility_label}
    data-action=${element.action_id} onClick=${() => notify(viewer.user.id, viewer.t("noWorkflows"))}><span
      class="button__text">${plainText(element.text.text)}</span></button>`;
}

export function Overflow({ element, surface, blockId }) {
  const viewer = useViewer();
  const pick = async (option) => {
    if (!(await confirmed(element.confirm))) return;
    act(viewer, surface, blockId, element, { selected: option.value });
  };
  const item = (option, choosing) => {
    const more = option.description && html`<small>${plainText(option.description.text)}</small>`;
    const text = [plainText(option.text.text), more];
    const common = { role: "menuitem", class: "menu__item", onClick: choosing(() => pick(option)) };
    if (!safeUrl(option.url)) return html`<button type="button" ...${common}>${text}</button>`;
    return html`<a ...${common} href=${safeUrl(option.url)} target="_blank" rel="noopener noreferrer">${text}</a>`;
  };
  const label = element.accessibility_label ?? viewer.t("more");
  const button = {
    class: "button button--small button--square",
    "aria-label": label,
    "data-action": element.action_id,
  };
  return html`<span class="overflow"><${Menu} button=${button} face=${html`<${Icon} name="dots" size=${16} />`}
    label=${label} items=${(choosing) => element.options.map((option) => item(option, choosing))} alignEnd /></span>`;
}

const named = (element) => element.accessibility_label ?? plainText(element.text.text);

/* A thumb up and a thumb down; the one that was pressed stays pressed. */
export function Feedback({ element, surface, blockId }) {
  const viewer = useViewer();
  const [given, setGiven] = useState(null);
  const press = (choice) => {
    setGiven(choice.value);
    act(viewer, surface, blockId, element, { value: choice.value });
  };
  const thumb = (choice, icon) =>
    html`<button type="button" class="icon-button" aria-label=${named(choice)} title=${plainText(choice.text.text)}
      aria-pressed=${given === choice.value} data-action=${element.action_id} onClick=${() => press(choice)}><${Icon}
        name=${icon} size=${18} /></button>`;
  return html`<span class="feedback">${thumb(element.positive_button, "thumbUp")}
    ${thumb(element.negative_button, "thumbDown")}</span>`;
}

export function IconButton({ element, surface, blockId }) {
  const viewer = useViewer();
  const { visible_to_user_ids: seenBy } = element;
  if (seenBy && !seenBy.includes(viewer.user.id)) return null;
  const press = async () => {
    if (await confirmed(element.confirm)) act(viewer, surface, blockId, element, { value: element.value });
  };
  return html`<button type="button" class="icon-button" aria-label=${named(element)}
    title=${plainText(element.text.text)} data-action=${element.action_id} onClick=${press}><${Icon}
      name=${element.icon} size=${18} /></button>`;
}
