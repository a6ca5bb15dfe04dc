// Blocks that stand in a frame of their own: alerts, cards, videos, and files that live elsewhere.
import { html, useViewer } from "./kit.js";
import { Button } from "./buttons.js";
import { Icon } from "./icons.js";
import { plainText, pictureUrl, safeUrl, textOf } from "./mrkdwn.js";

const LEVEL_ICONS = { info: "info", warning: "warning", error: "warning", success: "check", default: "info" };

export function Alert({ block }) {
  const viewer = useViewer();
  const level = LEVEL_ICONS[block.level] ? block.level : "default";
  return html`<div class=${`alert alert--${level}`} role=${level === "error" ? "alert" : "note"}>
    <${Icon} name=${LEVEL_ICONS[level]} size=${18} /><div class="text">${textOf(block.text, viewer)}</div></div>`;
}

export function Card({ block, surface }) {
  const viewer = useViewer();
  const picture = (element, name) =>
    element && html`<img class=${name} src=${pictureUrl(element)} alt=${element.alt_text} />`;
  return html`<article class="card">
    ${picture(block.hero_image, "card__hero")}
    <div class="card__head">${picture(block.icon, "card__icon")}<div>
      ${block.title && html`<h4 class="card__title">${textOf(block.title, viewer)}</h4>`}
      ${block.subtitle && html`<div class="card__subtitle">${textOf(block.subtitle, viewer)}</div>`}</div></div>
    ${block.body && html`<div class="card__body text">${textOf(block.body, viewer)}</div>`}
    ${
      block.actions?.length > 0 &&
      html`<div class="card__actions">${block.actions.map(
        (element) => html`<${Button} key=${element.action_id} element=${element} surface=${surface}
          blockId=${block.block_id} />`,
      )}</div>`
    }</article>`;
}

export function Video({ block }) {
  const viewer = useViewer();
  const title = plainText(block.title.text);
  const url = safeUrl(block.title_url) ?? safeUrl(block.video_url);
  return html`<div class="video">
    <div class="video__by">${block.provider_icon_url && html`<img src=${safeUrl(block.provider_icon_url)} alt="" />`}
      ${[block.provider_name, block.author_name].filter(Boolean).join(" · ")}</div>
    <a class="video__title" href=${url} target="_blank" rel="noopener noreferrer">${title}</a>
    ${block.description && html`<div class="text">${plainText(block.description.text)}</div>`}
    <a class="video__still" href=${safeUrl(block.video_url)} target="_blank" rel="noopener noreferrer"
      aria-label=${viewer.t("play", { name: title })}>
      <img src=${safeUrl(block.thumbnail_url)} alt=${block.alt_text} /><span class="video__play"><${Icon} name="play"
        size=${28} /></span></a>
  </div>`;
}

export function RemoteFile({ block }) {
  const viewer = useViewer();
  return html`<div class="file"><div class="file__face"><span class="file__icon" aria-hidden="true"><${Icon} name="file"
    size=${20} /></span><span class="file__text"><b>${block.external_id}</b><small>${viewer.t("remoteFile")}</small></span>
    </div></div>`;
}
