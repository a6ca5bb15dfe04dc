// The page's only way to the sandbox: POST and GET under /_control, the stream of changes.
export async function post(path, body) {
  try {
    const response = await fetch(`/_control/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch (error) {
    return { ok: false, error: error.name === "SyntaxError" ? "invalid_answer" : "not_connected" };
  }
}

export async function get(path) {
  try {
    const response = await fetch(`/_control/${path}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/* Puts a file into the workspace; null where that did not work. */
export async function upload(user, file) {
  try {
    const query = new URLSearchParams({ user, name: file.name });
    const response = await fetch(`/_control/upload?${query}`, { method: "POST", body: file });
    return (await response.json()).file ?? null;
  } catch {
    return null;
  }
}

const RETRY_AFTER_MS = 1000;

export function listen(onOpen, onChange, onLost) {
  const stream = new EventSource("/_control/stream?log=true");
  stream.addEventListener("open", onOpen);
  stream.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    onLost();
    // An EventSource reconnects by itself, except after an answer that was no stream.
    if (stream.readyState === EventSource.CLOSED)
      setTimeout(listen, RETRY_AFTER_MS, onOpen, onChange, onLost);
  });
  addEventListener("pagehide", () => stream.close(), { once: true });
}
