// Block Kit's elements by their type; an unknown one is an honest grey box.
import { html, useViewer } from "./kit.js";
import { Button, Feedback, IconButton, Overflow, WorkflowButton } from "./buttons.js";
import { FileInput, RichTextInput, TextInput } from "./inputs.js";
import { pictureUrl } from "./mrkdwn.js";
import { DateOrTime, Ticks } from "./pickers.js";
import { Select } from "./selects.js";

function Image({ element }) {
  return html`<img class="element-image" src=${pictureUrl(element)} alt=${element.alt_text} />`;
}

const SELECTS = ["static", "external", "users", "conversations", "channels"];
const ELEMENTS = {
  button: Button,
  workflow_button: WorkflowButton,
  overflow: Overflow,
  feedback_buttons: Feedback,
  icon_button: IconButton,
  datepicker: DateOrTime,
  timepicker: DateOrTime,
  datetimepicker: DateOrTime,
  checkboxes: Ticks,
  radio_buttons: Ticks,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  rich_text_input: RichTextInput,
  file_input: FileInput,
  image: Image,
  ...Object.fromEntries(
    SELECTS.flatMap((kind) => [
      [`${kind}_select`, Select],
      [`multi_${kind}_select`, Select],
    ]),
  ),
};

export function Unsupported({ what, type }) {
  const viewer = useViewer();
  return html`<div class="unsupported">${viewer.t("unsupported", { what: viewer.t(what), type })}</div>`;
}

export function Element(props) {
  const Kind = ELEMENTS[props.element.type];
  return Kind
    ? html`<${Kind} ...${props} />`
    : html`<${Unsupported} what="element" type=${props.element.type} />`;
}
