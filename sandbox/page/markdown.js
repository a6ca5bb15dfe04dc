// Slack's markdown block: headings, lists, quotes, code, rules and tables, its inline signs written as mrkdwn's.
import { html, useViewer } from "./kit.js";
import { inline } from "./mrkdwn.js";

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/* Stands for mrkdwn's sign of bold while a single asterisk still means italic; nobody types it. */
const BOLD = "\u0001";

function inlineSigns(text) {
  return escaped(text)
    .replace(/\*\*(.+?)\*\*|__(.+?)__/g, (_, a, b) => `${BOLD}${a ?? b}${BOLD}`)
    .replace(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, "_$1_")
    .replaceAll(BOLD, "*")
    .replace(/~~(.+?)~~/g, "~$1~")
    .replace(/\[([^\]\n]+)\]\(((?:https?:|mailto:)[^)\s]+)\)/g, "<$2|$1>");
}

/* What stands between backquotes keeps its signs. */
function spans(text, viewer) {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part) => inline(part.startsWith("`") ? escaped(part) : inlineSigns(part), viewer));
}

const LIST_ITEM = /^(\s*)(?:([-*+])|(\d+)[.)])\s+(.*)$/;

function list(lines, viewer) {
  const items = lines.map((line) => LIST_ITEM.exec(line));
  const Tag = items[0][3] ? "ol" : "ul";
  return html`<${Tag} start=${items[0][3] ? Number(items[0][3]) : undefined}>${items.map(
    ([, indent, , , text]) => {
      const task = /^\[([ x])\]\s+(.*)$/i.exec(text);
      const depth = indent.length > 1 ? `margin-left:${Math.floor(indent.length / 2) * 20}px` : undefined;
      return html`<li style=${depth} class=${task ? "markdown__task" : ""}>${task && `${task[1].trim() ? "☑" : "☐"} `}${spans(task ? task[2] : text, viewer)}</li>`;
    },
  )}<//>`;
}

const cellsOf = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function table([head, , ...rows], viewer) {
  return html`<div class="table" tabindex="0" role="group"><table>
    <thead><tr>${cellsOf(head).map((cell) => html`<th scope="col">${spans(cell, viewer)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${cellsOf(row).map((cell) => html`<td>${spans(cell, viewer)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

const heading = ([line], viewer) => {
  const [, signs, text] = /^(#{1,6})\s+(.*)$/.exec(line);
  return html`<div role="heading" aria-level=${signs.length + 2} class=${`markdown__heading markdown__heading--${signs.length}`}>
    ${spans(text, viewer)}</div>`;
};
const quote = (lines, viewer) =>
  html`<blockquote class="text">${spans(lines.map((line) => line.replace(/^>\s?/, "")).join("\n"), viewer)}</blockquote>`;

/* Each kind of run: how its lines begin, and how they are drawn together. */
const RUNS = [
  [/^#{1,6}\s/, heading, true],
  [/^(?:---+|\*\*\*+|___+)\s*$/, () => html`<hr class="divider" />`, true],
  [LIST_ITEM, list],
  [/^>/, quote],
  [/^\|.*\|\s*$/, table],
  [/^\s*$/, () => null],
  [/^/, (lines, viewer) => html`<p class="text">${spans(lines.join("\n"), viewer)}</p>`],
];

function drawn(text, viewer) {
  const runs = [];
  for (const line of text.split("\n")) {
    const kind = RUNS.find(([begins]) => begins.test(line));
    const last = runs.at(-1);
    if (last?.kind === kind && !kind[2]) last.lines.push(line);
    else runs.push({ kind, lines: [line] });
  }
  return runs.map(({ kind, lines }) => kind[1](lines, viewer));
}

export function Markdown({ block }) {
  const viewer = useViewer();
  const parts = block.text.split(/^```\w*\n([\s\S]*?)\n?```\s*$/m);
  return html`<div class="markdown rich-text">${parts.map((part, index) =>
    index % 2 ? html`<pre>${part}</pre>` : drawn(part, viewer),
  )}</div>`;
}
