// Block Kit's fields to write in: plain text, numbers, addresses, rich text, and the one that takes files.
import { html, useViewer, useRef } from "./kit.js";
import { act } from "./acting.js";
import { upload } from "./api.js";
import { useField } from "./forms.js";
import { plainText } from "./mrkdwn.js";
import { richText, typedText } from "./rich-text-input.js";

const INPUT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number" };

export function TextInput({ element, surface, blockId, labelId, dispatches, describedBy, invalid }) {
  const viewer = useViewer();
  const [value, setValue] = useField(surface, blockId, element, element.initial_value ?? "");
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = (text) => act(viewer, surface, blockId, element, { value: text });
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

/* Typed with its signs, sent as rich_text: what the bar of the composer does, the signs do here. */
export function RichTextInput({ element, surface, blockId, labelId, describedBy, invalid }) {
  const viewer = useViewer();
  const [value, setValue] = useField(surface, blockId, element, element.initial_value ?? null);
  const text = useRef(typedText(value));
  const input = (event) => {
    text.current = event.target.value;
    setValue(richText(text.current));
  };
  return html`<div class="rich-field"><div class="rich-field__signs" aria-hidden="true"><b>*B*</b><i>_I_</i><s>~S~</s>
      <code>\`C\`</code></div><textarea class="field" rows="3" value=${text.current} onInput=${input}
    placeholder=${element.placeholder ? plainText(element.placeholder.text) : viewer.t("richTextSigns")}
    aria-labelledby=${labelId} aria-describedby=${describedBy} aria-invalid=${invalid}
    data-action=${element.action_id} data-focus=${element.focus_on_load ? "" : undefined}></textarea></div>`;
}

export function FileInput({ element, surface, blockId, labelId, describedBy, invalid }) {
  const viewer = useViewer();
  const [value, setValue] = useField(surface, blockId, element, null);
  const many = (element.max_files ?? 10) > 1;
  const accept = element.filetypes?.map((type) => `.${type}`).join(",");
  const chosen = async (event) => {
    const files = await Promise.all([...event.target.files].map((file) => upload(viewer.user.id, file)));
    setValue(files.filter(Boolean).map((file) => ({ value: file.id, name: file.name })));
  };
  return html`<label class="file-field"><span class="button button--small" aria-hidden="true">${viewer.t("addFiles")}</span>
    <span class="file-field__names">${value?.map((file) => file.name).join(", ") || viewer.t("noFiles")}</span>
    <input class="hidden" type="file" multiple=${many} accept=${accept} onChange=${chosen} aria-labelledby=${labelId}
      aria-describedby=${describedBy} aria-invalid=${invalid} data-action=${element.action_id} /></label>`;
}
