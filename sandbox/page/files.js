// Files: Slack's card under a message, pictures inline, PDFs in an overlay.
import { html, useViewer, classes } from "./kit.js";
import { Dialog } from "./dialog.js";
import { Icon } from "./icons.js";
import { show, ui } from "./store.js";

/* Browsers' PDF viewers understand these: the sheet without their own bars, for the overlay has one. */
const SHEET_ALONE = "#toolbar=0&navpanes=0";
const PREVIEW_ONLY = `${SHEET_ALONE}&scrollbar=0&view=FitH`;

const isPdf = (file) => file.mimetype === "application/pdf" || /\.pdf$/i.test(file.name);
const isImage = (file) => file.mimetype?.startsWith("image/");

const kindOf = (file) => (file.name.includes(".") ? file.name.split(".").pop() : "file").toUpperCase();

export function sizeOf(bytes, viewer) {
  if (!bytes) return "";
  const [unit, size] = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const amount = Math.max(bytes / size, 1);
  return new Intl.NumberFormat(viewer.locale, {
    style: "unit",
    unit,
    maximumFractionDigits: amount < 10 ? 1 : 0,
  }).format(amount);
}

/* The first sheet under its name, as Slack shows it; fetched once it comes into sight. */
function Preview({ file }) {
  if (!isPdf(file) || !navigator.pdfViewerEnabled) return null;
  return html`<div class="file__preview" aria-hidden="true" inert><iframe src=${`${file.url}${PREVIEW_ONLY}`}
    loading="lazy" tabindex="-1" title=""></iframe></div>`;
}

export function File({ file }) {
  const viewer = useViewer();
  const title = file.title || file.name;
  if (isImage(file)) return html`<figure class="file-image"><img src=${file.url} alt=${title} /></figure>`;
  const face = html`<span class=${isPdf(file) ? "file__icon file__icon--pdf" : "file__icon"}
    aria-hidden="true">${kindOf(file).slice(0, 4)}</span>
    <span class="file__text"><b>${title}</b>
      <small>${[kindOf(file), sizeOf(file.size, viewer)].filter(Boolean).join(" · ")}</small></span>`;
  return html`<div class=${classes("file", isPdf(file) && "file--pdf")}>
    ${
      isPdf(file)
        ? html`<button type="button" class="file__face" aria-label=${viewer.t("open", { name: title })}
          onClick=${() => show({ file })}><span class="file__row">${face}</span><${Preview} file=${file} /></button>`
        : html`<a class="file__face" href=${file.url} target="_blank" rel="noopener"
          aria-label=${viewer.t("open", { name: title })}>${face}</a>`
    }
    <a class="icon-button file__download" href=${file.url} download=${file.name}
      aria-label=${viewer.t("download", { name: title })}>
      <${Icon} name="download" size=${18} /></a>
  </div>`;
}

function Sheet({ file }) {
  const viewer = useViewer();
  if (navigator.pdfViewerEnabled)
    return html`<iframe class="viewer__sheet" src=${`${file.url}${SHEET_ALONE}`}
      title=${file.title || file.name}></iframe>`;
  return html`<div class="viewer__none">${viewer.t("noViewer")}</div>`;
}

export function FileViewer() {
  const viewer = useViewer();
  const { file } = ui;
  if (!file) return null;
  const title = file.title || file.name;
  const close = () => show({ file: null });
  return html`<${Dialog} layer="file" class="viewer" aria-label=${title} onLeave=${close}>
    <header class="viewer__head"><h2>${title}</h2>
      <a class="button viewer__download" href=${file.url} download=${file.name}
        aria-label=${viewer.t("download", { name: title })}>
        <${Icon} name="download" size=${18} /></a>
      <button type="button" autofocus class="button viewer__close" aria-label=${viewer.t("close")} onClick=${close}><${Icon}
        name="close" size=${18} /></button>
    </header>
    <${Sheet} file=${file} /><//>`;
}
