// Block Kit's elements but the selects: buttons, menus, dates, checkboxes, radios, text inputs.
import { html, useHere, useRef, useState, classes } from "./kit.js";
import { act, confirmed } from "./acting.js";
import { useField, wireValue } from "./forms.js";
import { Icon } from "./icons.js";
import { plainText, safeUrl, textOf } from "./mrkdwn.js";
import { Popup, walkItems } from "./popup.js";
import { Select } from "./selects.js";

function Button({ element, surface, blockId }) {
  const here = useHere();
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
    await act(here, surface, blockId, element, { value: element.value });
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

function Overflow({ element, surface, blockId }) {
  const here = useHere();
  const [open, setOpen] = useState(false);
  const trigger = useRef();
  const close = (refocus) => {
    setOpen(false);
    if (refocus) trigger.current.focus();
  };
  const pick = async (option) => {
    close(true);
    if (!(await confirmed(element.confirm))) return;
    act(here, surface, blockId, element, { selected: option.value });
  };
  const item = (option) => {
    const more = option.description && html`<small>${plainText(option.description.text)}</small>`;
    const text = [plainText(option.text.text), more];
    const common = { role: "menuitem", class: "menu__item", onClick: () => pick(option) };
    if (!safeUrl(option.url)) return html`<button type="button" ...${common}>${text}</button>`;
    return html`<a ...${common} href=${safeUrl(option.url)} target="_blank" rel="noopener noreferrer">${text}</a>`;
  };
  return html`<span class="overflow">
    <button type="button" class="button button--small button--square" ref=${trigger} aria-haspopup="menu"
      aria-expanded=${open}
      aria-label=${element.accessibility_label ?? here.t("more")} data-action=${element.action_id}
      onClick=${() => setOpen(!open)}><${Icon} name="dots" size=${16} /></button>
    ${
      open &&
      html`<${Popup} anchor=${trigger} onClose=${close} alignEnd>
      <div role="menu" class="menu" onKeyDown=${walkItems}>${element.options.map(item)}</div><//>`
    }
  </span>`;
}

const DATE_KINDS = {
  datepicker: { type: "date", initial: "initial_date", word: "selectDate" },
  timepicker: { type: "time", initial: "initial_time", word: "selectTime" },
};

function DateOrTime({ element, surface, blockId, labelId, label, dispatches, describedBy }) {
  const here = useHere();
  const kind = DATE_KINDS[element.type];
  const [value, setValue] = useField(surface, blockId, element, element[kind.initial] ?? null);
  const change = async (event) => {
    const next = event.target.value || null;
    if (next === value) return;
    if (dispatches && !(await confirmed(element.confirm))) return;
    setValue(next);
    if (dispatches) act(here, surface, blockId, element, { selected: next });
  };
  return html`<input class="field field--date" type=${kind.type} value=${value ?? ""} onChange=${change}
    aria-labelledby=${labelId}
    aria-label=${labelId ? undefined : (label ?? here.t(kind.word))} aria-describedby=${describedBy}
    data-action=${element.action_id} data-focus=${element.focus_on_load ? "" : undefined} />`;
}

function Ticks({ element, surface, blockId, labelId, label, dispatches, describedBy }) {
  const here = useHere();
  const many = element.type === "checkboxes";
  const [value, setValue] = useField(
    surface,
    blockId,
    element,
    many ? (element.initial_options ?? []) : (element.initial_option ?? null),
  );
  const isOn = (option) =>
    many ? (value ?? []).some((v) => v.value === option.value) : value?.value === option.value;
  const change = async (option, event) => {
    const box = event.target;
    const next = many ? element.options.filter((o) => (o === option ? box.checked : isOn(o))) : option;
    if (dispatches && !(await confirmed(element.confirm))) {
      box.checked = isOn(option);
      return;
    }
    setValue(next);
    if (dispatches) act(here, surface, blockId, element, { selected: wireValue(element, next) });
  };
  const name = `${surface.key}-${blockId}-${element.action_id}`;
  return html`<div class="ticks" role=${many ? "group" : "radiogroup"} aria-labelledby=${labelId}
    aria-describedby=${describedBy}
    aria-label=${labelId ? undefined : label}>
    ${element.options.map(
      (option, index) => html`<label class="tick">
      <input type=${many ? "checkbox" : "radio"} name=${name} value=${option.value} checked=${isOn(option)}
        data-action=${element.action_id} data-focus=${element.focus_on_load && index === 0 ? "" : undefined}
        onChange=${(event) => change(option, event)} />
      <span class="tick__text">${textOf(option.text, here)}
        ${option.description && html`<small>${textOf(option.description, here)}</small>`}</span></label>`,
    )}
  </div>`;
}

const INPUT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number" };

function TextInput({ element, surface, blockId, labelId, dispatches, describedBy, invalid }) {
  const here = useHere();
  const [value, setValue] = useField(surface, blockId, element, element.initial_value ?? "");
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = (text) => act(here, surface, blockId, element, { value: text });
  const input = (event) => {
    setValue(event.target.value);
    if (dispatches && on.includes("on_character_entered")) tell(event.target.value);
  };
  const enter = (event) => {
    if (event.key !== "Enter" || element.multiline || !dispatches || !on.includes("on_enter_pressed")) return;
    event.preventDefault();
    tell(event.target.value);
  };
  const common = {
    class: "field",
    value: value ?? "",
    onInput: input,
    onKeyDown: enter,
    maxlength: element.max_length,
    placeholder: element.placeholder && plainText(element.placeholder.text),
    "aria-labelledby": labelId,
    "aria-describedby": describedBy,
    "aria-invalid": invalid,
    "data-action": element.action_id,
    "data-focus": element.focus_on_load ? "" : undefined,
  };
  if (element.multiline) return html`<textarea ...${common} rows="4"></textarea>`;
  const number = element.type === "number_input" && {
    step: element.is_decimal_allowed ? "any" : 1,
    min: element.min_value,
    max: element.max_value,
  };
  return html`<input ...${common} ...${number || {}} type=${INPUT_TYPES[element.type] ?? "text"}
    autocomplete="off" />`;
}

function Image({ element }) {
  return html`<img class="element-image" src=${safeUrl(element.image_url) ?? element.slack_file?.url}
    alt=${element.alt_text} />`;
}

const SELECTS = ["static", "external", "users", "conversations", "channels"];
const ELEMENTS = {
  button: Button,
  overflow: Overflow,
  datepicker: DateOrTime,
  timepicker: DateOrTime,
  checkboxes: Ticks,
  radio_buttons: Ticks,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  image: Image,
  ...Object.fromEntries(
    SELECTS.flatMap((kind) => [
      [`${kind}_select`, Select],
      [`multi_${kind}_select`, Select],
    ]),
  ),
};

export function Unsupported({ what, type }) {
  const here = useHere();
  return html`<div class="unsupported">${here.t("unsupported", { what: here.t(what), type })}</div>`;
}

export function Element(props) {
  const Kind = ELEMENTS[props.element.type];
  return Kind
    ? html`<${Kind} ...${props} />`
    : html`<${Unsupported} what="element" type=${props.element.type} />`;
}
