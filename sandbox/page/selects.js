// Slack's selects: a button that opens a searchable list; one choice or several.
import { html, useViewer, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { act, confirmed } from "./acting.js";
import { choicesAtOnce, choicesFor, initialChoice, isMulti, labelOf } from "./choices.js";
import { useField, wireValue } from "./forms.js";
import { Icon } from "./icons.js";
import { useOpening } from "./menu.js";
import { plainText } from "./mrkdwn.js";
import { Popup } from "./popup.js";

const SEARCH_PAUSE_MS = 150;
let listCount = 0;

function useChoices(element, surface, blockId, query) {
  const viewer = useViewer();
  const [found, setFound] = useState(null);
  const atOnce = choicesAtOnce(element, viewer, query);
  useLayoutEffect(() => {
    if (atOnce) return undefined;
    let current = true;
    setFound(null);
    const pause = setTimeout(
      async () => {
        const groups = await choicesFor(element, viewer, surface, blockId, query);
        if (current) setFound(groups);
      },
      query ? SEARCH_PAUSE_MS : 0,
    );
    return () => {
      current = false;
      clearTimeout(pause);
    };
  }, [query]);
  return atOnce ?? found;
}

function Option({ choice, id, active, selected, onPick, onHover }) {
  const description = choice.description && plainText(choice.description.text);
  return html`<div role="option" id=${id} aria-selected=${selected}
    class=${classes("option", active && "option--active")}
    onPointerDown=${(event) => event.preventDefault()} onClick=${() => onPick(choice)} onPointerMove=${onHover}>
    <span class="option__text">${labelOf(choice)}${description && html`<small>${description}</small>`}</span>
    ${selected && html`<${Icon} name="check" size=${16} />`}</div>`;
}

function ChoiceList({ element, surface, blockId, chosen, label, listId, onPick }) {
  const viewer = useViewer();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const groups = useChoices(element, surface, blockId, query);
  const flat = (groups ?? []).flatMap((group) => group.options);
  const optionId = (index) => `${listId}-${index}`;
  useLayoutEffect(
    () => document.getElementById(optionId(active))?.scrollIntoView({ block: "nearest" }),
    [active],
  );
  const keys = (event) => {
    const next = { ArrowDown: active + 1, ArrowUp: active - 1 }[event.key];
    if (next !== undefined && flat.length) setActive((next + flat.length) % flat.length);
    else if (event.key === "Enter" && flat[active]) onPick(flat[active]);
    else if (event.key !== "Enter") return;
    event.preventDefault();
  };
  let index = -1;
  const draw = (choice) => {
    index += 1;
    const at = index;
    return html`<${Option} choice=${choice} id=${optionId(at)} active=${at === active} onPick=${onPick}
      onHover=${() => at !== active && setActive(at)} selected=${chosen.some((c) => c.value === choice.value)} />`;
  };
  return html`
    <input class="field option-search" type="text" role="searchbox" value=${query} onKeyDown=${keys}
      aria-label=${viewer.t("searchOptions")} placeholder=${viewer.t("searchOptions")} aria-controls=${listId}
        autocomplete="off"
      aria-activedescendant=${flat.length ? optionId(active) : undefined}
      onInput=${(event) => {
        setQuery(event.target.value);
        setActive(0);
      }} />
    <div role="listbox" id=${listId} aria-label=${label} aria-multiselectable=${isMulti(element)} class="options">
      ${(groups ?? []).map(
        (group) => html`<div role="group" aria-label=${group.label}>
        ${group.label && html`<div class="options__group">${group.label}</div>`}${group.options.map(draw)}</div>`,
      )}
      ${flat.length === 0 && html`<div class="options__empty">${viewer.t(groups ? "noResults" : "loading")}</div>`}
    </div>`;
}

function Chosen({ chosen, multi, placeholder, onRemove }) {
  const viewer = useViewer();
  if (!chosen.length) return html`<span class="select__placeholder">${placeholder}</span>`;
  if (!multi) return html`<span class="select__value">${labelOf(chosen[0])}</span>`;
  return chosen.map(
    (choice) => html`<span class="chip" key=${choice.value}>${labelOf(choice)}
    <button type="button" aria-label=${viewer.t("remove", { name: labelOf(choice) })}
      onClick=${(event) => {
        event.stopPropagation();
        onRemove(choice);
      }}><${Icon} name="close" size=${10} /></button></span>`,
  );
}

function picked(chosen, choice, element) {
  if (!isMulti(element)) return choice;
  if (chosen.some((c) => c.value === choice.value)) return chosen.filter((c) => c.value !== choice.value);
  return chosen.length < (element.max_selected_items ?? Infinity) ? [...chosen, choice] : chosen;
}

export function Select({ element, surface, blockId, label, labelId, dispatches, describedBy }) {
  const viewer = useViewer();
  const multi = isMulti(element);
  const [value, setValue] = useField(surface, blockId, element, initialChoice(element, viewer));
  const [listId] = useState(() => `choices-${++listCount}`);
  const box = useRef();
  const { open, setOpen, close, trigger } = useOpening();
  const chosen = [value ?? []].flat();
  const placeholder = element.placeholder ? plainText(element.placeholder.text) : viewer.t("selectOption");
  const choose = async (next) => {
    if (dispatches && !(await confirmed(element.confirm))) return;
    setValue(next);
    if (dispatches) act(viewer, surface, blockId, element, { selected: wireValue(element, next) });
  };
  const pick = (choice) => {
    if (!multi) close(true);
    choose(picked(chosen, choice, element));
  };
  const keys = (event) => {
    if (!["ArrowDown", "Enter", " "].includes(event.key) || event.target !== trigger.current) return;
    event.preventDefault();
    setOpen(true);
  };
  const name = label ?? placeholder;
  return html`<div class=${classes("select", multi && "select--multi")} ref=${box}>
    <div class="select__trigger field" role="combobox" tabindex="0" ref=${trigger} aria-haspopup="listbox"
      aria-expanded=${open}
      aria-controls=${open ? listId : undefined} aria-labelledby=${labelId} aria-label=${labelId ? undefined : name}
      aria-describedby=${describedBy} data-action=${element.action_id}
        data-focus=${element.focus_on_load ? "" : undefined}
      onClick=${() => setOpen(!open)} onKeyDown=${keys}>
      <${Chosen} chosen=${chosen} multi=${multi} placeholder=${placeholder}
        onRemove=${(choice) => choose(chosen.filter((c) => c.value !== choice.value))} />
      <${Icon} name="down" size=${16} /></div>
    ${
      open &&
      html`<${Popup} anchor=${box} onClose=${close} width=${Math.max(220, box.current.offsetWidth)}>
      <${ChoiceList} ...${{ element, surface, blockId, chosen, listId }} label=${name} onPick=${pick} /><//>`
    }
  </div>`;
}
