// Block Kit's pickers of a day, a time, or both; and its checkboxes and radio buttons.
import { html, useViewer } from "./kit.js";
import { act, confirmed } from "./acting.js";
import { fromWallClock, wallClock } from "./dates.js";
import { useField, wireValue } from "./forms.js";
import { textOf } from "./mrkdwn.js";

const DATE_KINDS = {
  datepicker: { type: "date", initial: "initial_date", word: "selectDate" },
  timepicker: { type: "time", initial: "initial_time", word: "selectTime" },
  datetimepicker: { type: "datetime-local", initial: "initial_date_time", word: "selectMoment" },
};

export function DateOrTime({ element, surface, blockId, labelId, label, dispatches, describedBy }) {
  const viewer = useViewer();
  const kind = DATE_KINDS[element.type];
  const [value, setValue] = useField(surface, blockId, element, element[kind.initial] ?? null);
  // A moment travels as seconds, and is shown by the clock on the reader's wall.
  const isMoment = element.type === "datetimepicker";
  const shown = isMoment && value ? wallClock(value, viewer) : (value ?? "");
  const change = async (event) => {
    const given = event.target.value || null;
    const next = isMoment && given ? fromWallClock(given, viewer) : given;
    if (next === value) return;
    if (dispatches && !(await confirmed(element.confirm))) return;
    setValue(next);
    if (dispatches) act(viewer, surface, blockId, element, { selected: next });
  };
  return html`<input class="field field--date" type=${kind.type} value=${shown} onChange=${change}
    aria-labelledby=${labelId}
    aria-label=${labelId ? undefined : (label ?? viewer.t(kind.word))} aria-describedby=${describedBy}
    data-action=${element.action_id} data-focus=${element.focus_on_load ? "" : undefined} />`;
}

export function Ticks({ element, surface, blockId, labelId, label, dispatches, describedBy }) {
  const viewer = useViewer();
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
    if (dispatches) act(viewer, surface, blockId, element, { selected: wireValue(element, next) });
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
      <span class="tick__text">${textOf(option.text, viewer)}
        ${option.description && html`<small>${textOf(option.description, viewer)}</small>`}</span></label>`,
    )}
  </div>`;
}
