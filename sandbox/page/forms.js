// What people have typed and chosen, by surface, block and action: it outlives every redrawing of the view.
import { useChanges } from "./kit.js";
import { show, ui } from "./store.js";

const forms = new Map();
const subscribers = new Set();

function subscribe(subscriber) {
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
}

/* A touched field's value: text, an option, a list of options, or null when cleared; undefined when untouched. */
export function useField(surface, blockId, element, initial) {
  useChanges(subscribe);
  const touched = forms.get(surface.key)?.[blockId]?.[element.action_id];
  const setValue = (value) => {
    const form = forms.get(surface.key) ?? {};
    forms.set(surface.key, { ...form, [blockId]: { ...form[blockId], [element.action_id]: value } });
    forgetError(surface.key, blockId);
    for (const subscriber of subscribers) subscriber();
  };
  return [touched === undefined ? initial : touched, setValue];
}

function forgetError(key, blockId) {
  if (!ui.errors[key]?.[blockId]) return;
  const { [blockId]: _gone, ...rest } = ui.errors[key];
  show({ errors: { ...ui.errors, [key]: rest } });
}

export const forgetForm = (key) => forms.delete(key);

/* An option travels by its value; one that the app suggested is known to nobody else, so it travels whole. */
export function wireValue(element, value) {
  if (element.type.endsWith("external_select")) return value;
  if (Array.isArray(value)) return value.map((one) => one.value);
  return value?.value ?? value ?? null;
}

const fieldsOf = (block) => [block.element, block.accessory, ...(block.elements ?? [])].filter(Boolean);

/* What was typed into the fields that the view has now, as the sandbox takes it. */
export function typedIn(view) {
  const form = forms.get(view.id) ?? {};
  const typed = {};
  for (const block of view.blocks.flatMap((one) => [one, ...(one.child_blocks ?? [])])) {
    for (const element of fieldsOf(block)) {
      const value = form[block.block_id]?.[element.action_id];
      if (value === undefined) continue;
      typed[block.block_id] = { ...typed[block.block_id], [element.action_id]: wireValue(element, value) };
    }
  }
  return typed;
}
