// Tables: Slack's plain table, and the data table that sorts by its heads and turns its pages.
import { html, useViewer, useState, classes } from "./kit.js";
import { Icon } from "./icons.js";
import { plainText } from "./mrkdwn.js";
import { RichText } from "./richtext.js";

const PAGE_SIZE = 5;

function Cell({ cell }) {
  if (cell.type === "rich_text") return html`<${RichText} block=${cell} />`;
  return plainText(String(cell.text ?? cell.value ?? ""));
}

export function Table({ block }) {
  const look = (column) => {
    const { align = "left", is_wrapped: wrapped } = block.column_settings?.[column] ?? {};
    return `text-align:${align};white-space:${wrapped ? "normal" : "nowrap"}`;
  };
  const [head, ...rows] = block.rows;
  return html`<div class="table" tabindex="0" role="group"><table>
    <thead><tr>${head.map((cell, c) => html`<th scope="col" style=${look(c)}><${Cell} cell=${cell} /></th>`)}
      </tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, c) => html`<td style=${look(c)}><${Cell} cell=${cell} /></td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

const textIn = (node) => node.text ?? (node.elements ?? []).map(textIn).join(" ");

const keyOf = (cell) => (cell.type === "raw_number" ? Number(cell.value) : textIn(cell));

function compare(a, b, locale) {
  const [left, right] = [keyOf(a), keyOf(b)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), locale, { numeric: true, sensitivity: "base" });
}

function sorted(rows, sort, locale) {
  if (!sort) return rows;
  const turn = sort.down ? -1 : 1;
  return rows.toSorted((a, b) => turn * compare(a[sort.column], b[sort.column], locale));
}

/* Up, then down, then as the app sent it. */
function nextSort(sort, column) {
  if (sort?.column !== column) return { column, down: false };
  return sort.down ? null : { column, down: true };
}

function SortHead({ cell, column, sort, onSort, numeric }) {
  const mine = sort?.column === column;
  const direction = sort?.down ? "descending" : "ascending";
  return html`<th scope="col" aria-sort=${mine ? direction : "none"} class=${classes(numeric && "table__number")}>
    <button type="button" class="table__sort" onClick=${() => onSort(nextSort(sort, column))}><${Cell}
      cell=${cell} /><span class=${classes("table__arrow", mine && "table__arrow--on", mine && sort.down && "table__arrow--down")}
      aria-hidden="true"><${Icon} name="up" size=${12} /></span></button></th>`;
}

function Pager({ page, size, count, onPage }) {
  const viewer = useViewer();
  const last = Math.ceil(count / size) - 1;
  const step = (to, word, icon) => html`<button type="button" class="icon-button" aria-label=${viewer.t(word)}
    aria-disabled=${to < 0 || to > last} onClick=${() => to >= 0 && to <= last && onPage(to)}><${Icon}
      name=${icon} size=${16} /></button>`;
  const range = { from: page * size + 1, to: Math.min(count, (page + 1) * size), count };
  return html`<div class="table__pager"><span role="status">${viewer.t("rowsShown", range)}</span>
    ${step(page - 1, "previousPage", "left")}${step(page + 1, "nextPage", "right")}</div>`;
}

export function DataTable({ block }) {
  const viewer = useViewer();
  const [sort, setSort] = useState(null);
  const [page, setPage] = useState(0);
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? PAGE_SIZE;
  const named = block.row_header_column_index ?? 0;
  const isNumber = head.map((_, c) => rows.every((row) => row[c]?.type === "raw_number"));
  const onSort = (next) => {
    setSort(next);
    setPage(0);
  };
  const shown = sorted(rows, sort, viewer.locale).slice(page * size, (page + 1) * size);
  const cellOf = (cell, c) =>
    c === named
      ? html`<th scope="row" class=${classes("table__name", isNumber[c] && "table__number")}><${Cell} cell=${cell} /></th>`
      : html`<td class=${isNumber[c] ? "table__number" : ""}><${Cell} cell=${cell} /></td>`;
  return html`<div class="data-table"><div class="table" tabindex="0" role="group" aria-label=${block.caption}><table>
    <caption>${plainText(block.caption)}</caption>
    <thead><tr>${head.map(
      (cell, column) =>
        html`<${SortHead} ...${{ cell, column, sort, onSort }} numeric=${isNumber[column]} />`,
    )}</tr></thead>
    <tbody>${shown.map((row) => html`<tr>${row.map(cellOf)}</tr>`)}</tbody>
  </table></div>${rows.length > size && html`<${Pager} ...${{ page, size }} count=${rows.length} onPage=${setPage} />`}</div>`;
}
