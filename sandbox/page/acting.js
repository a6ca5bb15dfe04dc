// A click or a choice in a block: asks for confirmation, tells the sandbox, says when it was refused.
import { post } from "./api.js";
import { typedIn } from "./forms.js";
import { notify, show } from "./store.js";

/* For these two the sandbox itself shows Slack's notice, or lets Slackbot tell it. */
const TOLD_BY_SANDBOX = new Set(["operation_timeout", "dispatch_failed"]);

export function confirmed(dialog) {
  if (!dialog) return Promise.resolve(true);
  return new Promise((resolve) => {
    show({
      confirm: {
        dialog,
        answer: (yes) => {
          show({ confirm: null });
          resolve(yes);
        },
      },
    });
  });
}

function whereabouts(surface) {
  if (surface.kind === "message") return { channel: surface.channel, message_ts: surface.ts };
  return { view_id: surface.view.id, state: typedIn(surface.view) };
}

export async function act(viewer, surface, blockId, element, answer) {
  if (surface.still) return;
  const answered = await post("action", {
    user: viewer.user.id,
    action_id: element.action_id,
    block_id: blockId,
    ...answer,
    ...whereabouts(surface),
  });
  sayRefusal(viewer, answered);
}

export function sayRefusal(viewer, answered) {
  if (answered.ok || TOLD_BY_SANDBOX.has(answered.error)) return;
  notify(viewer.user.id, viewer.t("refused", { error: answered.error }));
}
