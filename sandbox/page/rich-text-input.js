// What is typed into a rich text field, as Slack's rich_text and back: *bold*, _italic_, ~strike~ and `code`.
const STYLES = { "*": "bold", _: "italic", "~": "strike", "`": "code" };
const MARKED = /(?<![\p{L}\p{N}])([*_~`])(\S(?:[^\n]*?\S)?)\1(?![\p{L}\p{N}])/gu;

function runs(text) {
  const elements = [];
  let end = 0;
  const plain = (until) => until > end && elements.push({ type: "text", text: text.slice(end, until) });
  for (const match of text.matchAll(MARKED)) {
    plain(match.index);
    elements.push({ type: "text", text: match[2], style: { [STYLES[match[1]]]: true } });
    end = match.index + match[0].length;
  }
  plain(text.length);
  return elements;
}

export function richText(text) {
  if (!text) return null;
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: runs(text) }] };
}

function marked(element) {
  const mark = Object.keys(STYLES).find((sign) => element.style?.[STYLES[sign]]) ?? "";
  return `${mark}${element.text ?? element.url ?? ""}${mark}`;
}

export function typedText(value) {
  const sections = value?.elements ?? [];
  return sections.map((section) => section.elements.map(marked).join("")).join("\n");
}
