// The exchange system's tab: what it answers to the next e-invoices, and what was sent to it.
import { html, useViewer } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { dayAndTime } from "./dates.js";
import { store } from "./store.js";

const ANSWERS = ["RC", "MC", "NS", "silent"];
const CODES = ["00311", "00324", "00404"];

function Switch() {
  const viewer = useViewer();
  const turn = async (changes) => sayRefusal(viewer, await post("sdi", changes));
  const { says, code } = store.sdi;
  return html`<fieldset class="sdi-switch"><legend>${viewer.t("sdiSays")}</legend>
    ${ANSWERS.map(
      (each) => html`<label key=${each}><input type="radio" name="sdi-says" checked=${each === says}
        onChange=${() => turn({ says: each })} /> ${viewer.t(`sdi_${each}`)}</label>`,
    )}
    ${
      says === "NS" &&
      html`<label class="choice"><span>${viewer.t("sdiCode")}</span><select class="field" value=${code}
      onChange=${(event) => turn({ code: event.target.value })}>${CODES.map(
        (each) =>
          html`<option value=${each} selected=${each === code}>${each} ${viewer.t(`sdi_${each}`)}</option>`,
      )}</select></label>`
    }</fieldset>`;
}

function File({ file, isNewest }) {
  const viewer = useViewer();
  const again = async () => sayRefusal(viewer, await post("sdi-again", { number: file.number }));
  const answer = viewer.t(file.says ? `sdiAnswer_${file.says}` : "sdiAnswer_none");
  return html`<li class="armed"><span><b>${file.number}: ${answer}${file.code && ` ${file.code}`}</b>
    <small>${file.name} · ${dayAndTime(new Date(file.at), viewer)}</small></span>
    ${
      file.says === "NS" &&
      isNewest &&
      html`<button type="button" class="button button--small" aria-label=${`${viewer.t("sdiAgain")}: ${file.number}`}
      onClick=${again}>${viewer.t("sdiAgain")}</button>`
    }</li>`;
}

export function Sdi() {
  const viewer = useViewer();
  const { files } = store.sdi;
  const newest = (file) => files.find((each) => each.number === file.number) === file;
  return html`<div class="faults">
    <p class="drawer__hint">${viewer.t("sdiHint")}</p>
    <${Switch} />
    <h3>${viewer.t("sdiFiles")}</h3>
    ${files.length === 0 && html`<p class="drawer__hint">${viewer.t("sdiNone")}</p>`}
    <ul class="armed-list">${files.map(
      (file) => html`<${File} key=${file.name} file=${file} isNewest=${newest(file)} />`,
    )}</ul>
  </div>`;
}
