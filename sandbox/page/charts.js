// Slack's charts as plain SVG: pie, bar, line and area, each with its numbers as a table for those who only hear it.
import { html, useViewer } from "./kit.js";

const COLORS = [
  "#1d9bd1",
  "#2bac76",
  "#ecb22e",
  "#e01e5a",
  "#9b59b6",
  "#f2785c",
  "#3aa3a0",
  "#7a8fa6",
  "#c2a01e",
  "#5b6fd6",
  "#b8577a",
  "#4f9d3b",
];
const WIDTH = 560;
const HEIGHT = 260;
const PLOT = { left: 52, right: 12, top: 12, bottom: 46 };
const TICKS = 4;

const colorOf = (index) => COLORS[index % COLORS.length];

function Legend({ names }) {
  return html`<ul class="chart__legend" aria-hidden="true">${names.map(
    (name, index) => html`<li><i style=${`background:${colorOf(index)}`}></i>${name}</li>`,
  )}</ul>`;
}

/* A slice from one share of the circle to another, the first one beginning at twelve o'clock. */
function slicePath(from, to, radius) {
  const at = (share) => {
    const angle = 2 * Math.PI * share - Math.PI / 2;
    return `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
  };
  return `M0 0L${at(from)}A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)}Z`;
}

function Pie({ chart }) {
  const viewer = useViewer();
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
  const share = new Intl.NumberFormat(viewer.locale, { style: "percent" });
  let from = 0;
  const slices = chart.segments.map((segment, index) => {
    const start = from;
    from += segment.value / total;
    const whole = from - start > 0.9999;
    const title = html`<title>${`${segment.label}: ${share.format(segment.value / total)}`}</title>`;
    return whole
      ? html`<circle r="100" fill=${colorOf(index)}>${title}</circle>`
      : html`<path class="chart__slice" d=${slicePath(start, from, 100)} fill=${colorOf(index)}>${title}</path>`;
  });
  return html`<div class="chart__pie"><svg viewBox="-104 -104 208 208" width="208" height="208"
    aria-hidden="true">${slices}</svg>
    <${Legend} names=${chart.segments.map((s) => `${s.label} ${share.format(s.value / total)}`)} /></div>`;
}

/* A round step, so that the ticks read 0, 50, 100 and not 0, 47, 94. */
function roundStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / TICKS || 1));
  return [1, 2, 2.5, 5, 10].map((n) => n * power).find((step) => step * TICKS >= span) ?? 10 * power;
}

function scaleOf(series) {
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const step = roundStep(highest - lowest || 1);
  const [low, high] = [Math.floor(lowest / step) * step, Math.ceil(highest / step) * step];
  const room = HEIGHT - PLOT.top - PLOT.bottom;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
  return {
    ticks,
    zero: Math.max(low, 0),
    y: (value) => PLOT.top + room * (1 - (value - low) / (high - low)),
  };
}

const valueAt = (series, category) => series.data.find((point) => point.label === category)?.value ?? 0;

function Axes({ categories, scale, band, config }) {
  const viewer = useViewer();
  const number = new Intl.NumberFormat(viewer.locale, { notation: "compact" });
  const every = Math.ceil(categories.length / 10);
  return html`<g class="chart__axes">
    ${scale.ticks.map(
      (tick) => html`<line x1=${PLOT.left} x2=${WIDTH - PLOT.right} y1=${scale.y(tick)} y2=${scale.y(tick)} />
      <text x=${PLOT.left - 6} y=${scale.y(tick) + 4} text-anchor="end">${number.format(tick)}</text>`,
    )}
    ${categories.map(
      (category, index) =>
        index % every === 0 &&
        html`<text x=${PLOT.left + band * (index + 0.5)} y=${HEIGHT - PLOT.bottom + 18}
          text-anchor="middle">${category}</text>`,
    )}
    ${
      config.x_label &&
      html`<text x=${(PLOT.left + WIDTH) / 2} y=${HEIGHT - 6} text-anchor="middle"
        class="chart__label">${config.x_label}</text>`
    }
    ${
      config.y_label &&
      html`<text transform=${`translate(12 ${(HEIGHT - PLOT.bottom + PLOT.top) / 2}) rotate(-90)`}
        text-anchor="middle" class="chart__label">${config.y_label}</text>`
    }</g>`;
}

function bars(series, categories, scale, band) {
  const width = Math.min(40, (band * 0.7) / series.length);
  return series.flatMap((one, s) =>
    categories.map((category, c) => {
      const value = valueAt(one, category);
      const x = PLOT.left + band * (c + 0.5) + (s - series.length / 2) * width;
      const [top, bottom] = [scale.y(Math.max(value, scale.zero)), scale.y(Math.min(value, scale.zero))];
      return html`<rect x=${x + 1} y=${top} width=${Math.max(1, width - 2)} height=${Math.max(0, bottom - top)}
        rx="2" fill=${colorOf(s)}><title>${`${one.name}, ${category}: ${value}`}</title></rect>`;
    }),
  );
}

function lines(series, categories, scale, band, filled) {
  return series.map((one, s) => {
    const points = categories.map((category, c) => [PLOT.left + band * (c + 0.5), valueAt(one, category)]);
    const path = points.map(([x, value], i) => `${i ? "L" : "M"}${x} ${scale.y(value)}`).join("");
    const floor = `L${points.at(-1)[0]} ${scale.y(scale.zero)}L${points[0][0]} ${scale.y(scale.zero)}Z`;
    return html`<g stroke=${colorOf(s)} fill=${colorOf(s)}>
      ${filled && html`<path d=${path + floor} fill-opacity="0.25" stroke="none" />`}
      <path d=${path} fill="none" stroke-width="2" stroke-linejoin="round" />
      ${points.map(
        ([x, value], c) =>
          html`<circle cx=${x} cy=${scale.y(value)} r="3"><title>${`${one.name}, ${categories[c]}: ${value}`}</title></circle>`,
      )}</g>`;
  });
}

const DRAWN = {
  bar: bars,
  line: (...given) => lines(...given, false),
  area: (...given) => lines(...given, true),
};

function Plot({ chart }) {
  const { series, axis_config: config } = chart;
  const { categories } = config;
  const scale = scaleOf(series);
  const band = (WIDTH - PLOT.left - PLOT.right) / categories.length;
  return html`<svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} class="chart__plot" aria-hidden="true">
    <${Axes} ...${{ categories, scale, band, config }} />${DRAWN[chart.type](series, categories, scale, band)}</svg>
    ${series.length > 1 && html`<${Legend} names=${series.map((one) => one.name)} />`}`;
}

function Numbers({ chart, title }) {
  const categories = chart.axis_config?.categories;
  const rows = categories
    ? categories.map((category) => [category, ...chart.series.map((one) => valueAt(one, category))])
    : chart.segments.map((segment) => [segment.label, segment.value]);
  return html`<table class="hidden"><caption>${title}</caption>
    ${categories && html`<thead><tr><td></td>${chart.series.map((one) => html`<th scope="col">${one.name}</th>`)}</tr></thead>`}
    <tbody>${rows.map(([name, ...values]) => html`<tr><th scope="row">${name}</th>${values.map((v) => html`<td>${v}</td>`)}</tr>`)}
    </tbody></table>`;
}

export function Chart({ block }) {
  const { chart, title } = block;
  return html`<figure class="chart"><figcaption class="chart__title">${title}</figcaption>
    ${chart.type === "pie" ? html`<${Pie} chart=${chart} />` : html`<${Plot} chart=${chart} />`}
    <${Numbers} chart=${chart} title=${title} /></figure>`;
}
