// Modals: a person's stack of views, of which the top one is shown; what is typed outlives every update.
import { html, useViewer, useLayoutEffect, useRef, useState, classes } from "./kit.js";
import { sayRefusal } from "./acting.js";
import { post } from "./api.js";
import { Blocks } from "./blocks.js";
import { Dialog } from "./dialog.js";
import { forgetForm, typedIn } from "./forms.js";
import { Avatar, Icon } from "./icons.js";
import { plainText } from "./mrkdwn.js";
import { show, store, ui, userOf } from "./store.js";

const withErrors = (viewId, errors) => ({ errors: { ...ui.errors, [viewId]: errors } });

function Head({ view, pushed, onBack, onClose }) {
  const viewer = useViewer();
  const of = store.apps.find((app) => app.id === view.app_id) ?? store.app;
  return html`<header class="modal__head">
    ${
      pushed &&
      html`<button type="button" class="icon-button" aria-label=${viewer.t("previousView")}
      onClick=${onBack}><${Icon} name="back" /></button>`
    }
    <${Avatar} user=${userOf(of.bot_user_id)} size=${28} />
    <h2 class="modal__title">${plainText(view.title?.text)}</h2>
    <button type="button" class="icon-button" aria-label=${viewer.t("leave")} onClick=${onClose}><${Icon}
      name="close" /></button>
  </header>`;
}

function Foot({ view, waiting, onClose }) {
  const viewer = useViewer();
  return html`<footer class="modal__foot">
    <button type="button" class="button"
      onClick=${onClose}>${view.close ? plainText(view.close.text) : viewer.t(view.submit ? "cancel" : "close")}
      </button>
    ${
      view.submit &&
      html`<button type="submit" class=${classes("button button--primary", waiting && "button--busy")}
        aria-busy=${waiting}
      ><span class="button__text">${plainText(view.submit.text)}</span>${
        waiting &&
        html`<span class="hidden"
        role="status">${viewer.t("waiting")}</span>`
      }</button>`
    }
  </footer>`;
}

const FIRST_FIELD = ".input input,.input textarea,.input [role=combobox]";

/* The field that the app asked for has the focus, else the first field, else the form itself. */
function useTopFocus(box, view) {
  const enter = () => {
    const body = box.current.querySelector(".modal__body");
    const wanted = body.querySelector("[data-focus]") ?? body.querySelector(FIRST_FIELD) ?? box.current;
    wanted.focus({ preventScroll: wanted === box.current });
  };
  useLayoutEffect(enter, [view.id]);
  // An update may take away what had the focus.
  useLayoutEffect(() => {
    if (!box.current.contains(document.activeElement)) enter();
  }, [view.hash]);
}

/* Slack sends a submission once: a second press while the first one waits is not heard. */
function useSubmission(box, view) {
  const viewer = useViewer();
  const [sending, setSending] = useState(null);
  const [refusals, setRefusals] = useState(0);
  const submit = async (event) => {
    event.preventDefault();
    if (sending === view.id) return;
    setSending(view.id);
    const answer = await post("submit", { user: viewer.user.id, view_id: view.id, values: typedIn(view) });
    setSending(null);
    sayRefusal(viewer, answer);
    show(withErrors(view.id, answer.errors ?? {}));
    setRefusals((count) => count + 1);
  };
  useLayoutEffect(
    () => box.current.querySelector(".input--error .field, .input--error input")?.focus(),
    [refusals],
  );
  return { submit, waiting: sending === view.id };
}

function Modal({ stack }) {
  const viewer = useViewer();
  const box = useRef();
  const view = stack.at(-1);
  const { submit, waiting } = useSubmission(box, view);
  useTopFocus(box, view);
  const closing = useRef(new Set());
  // A second Escape while the first one is on its way closes nothing more.
  const close = async (viewId) => {
    if (closing.current.has(viewId)) return;
    closing.current.add(viewId);
    const answer = await post("close", { user: viewer.user.id, view_id: viewId });
    // One that is gone already, with a view that takes all others with it, is closed.
    if (answer.ok || answer.error === "view_not_found") return;
    closing.current.delete(viewId);
    sayRefusal(viewer, answer);
  };
  const closeTop = () => close(view.id);
  const closeAll = async () => {
    for (const each of stack.toReversed()) await close(each.id);
  };
  const surface = { kind: "modal", key: view.id, view, errors: ui.errors[view.id] };
  return html`<${Dialog} layer="modal" class="modal" aria-label=${plainText(view.title?.text)} onLeave=${closeTop}>
    <form class="modal__form" tabindex="-1" ref=${box} onSubmit=${submit} noValidate>
    <${Head} view=${view} pushed=${stack.length > 1} onBack=${closeTop} onClose=${closeAll} />
    <div class="modal__body" key=${view.id}><${Blocks} blocks=${view.blocks} surface=${surface} /></div>
    <${Foot} view=${view} waiting=${waiting} onClose=${closeTop} />
  </form><//>`;
}

export function Modals() {
  const viewer = useViewer();
  const stack = store.views[viewer.user.id] ?? [];
  const shown = useRef([]);
  useLayoutEffect(() => {
    const open = Object.values(store.views)
      .flat()
      .map((view) => view.id);
    for (const id of shown.current) if (!open.includes(id)) forgetForm(id);
    shown.current = open;
  }, [store.views]);
  return stack.length ? html`<${Modal} stack=${stack} key=${viewer.user.id} />` : null;
}
