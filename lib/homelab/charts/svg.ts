import { cut } from "../../text.ts";
import type { Chart, Panel, Point } from "./chart.ts";

const WIDTH = 900;
const LEFT = 78;
const RIGHT = 28;
const PLOT = WIDTH - LEFT - RIGHT;
/** Above the first panel, for the title; below the last, for the times. */
const HEAD = 70;
const FOOT = 52;
const LABEL = 40;
const CURVE = 124;
const PANEL = LABEL + CURVE + 18;

/** So many characters of label and value fit beside each other. */
const LINE = 54;

const INK = "#e8edf4";
const FAINT = "#93a1b5";
const GRID = "#324056";
const GROUND = "#18212e";
const FRAME = "#1f2b3b";
const GOOD = "#5cc8ff";
const TROUBLE = "#ffb454";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What the embedded font has. */
const DRAWN = /[^\x20-\x7e\xa0-\u017f\u0370-\u03ff\u0400-\u045f\u2010-\u2022\u2026\u20ac]/gu;

/** A text as it may stand in SVG. */
const safe = (text: string) =>
  text.toWellFormed().replace(DRAWN, "?").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function words(
  text: string,
  at: { x: number; y: number },
  style: { size: number; fill: string; anchor?: "end" | "middle" },
): string {
  const { size, fill, anchor = "start" } = style;
  return `<text x="${at.x}" y="${at.y}" font-family="DejaVu Sans" font-size="${size}" ` +
    `fill="${fill}" text-anchor="${anchor}">${safe(text)}</text>`;
}

/** The chart as SVG. */
export function chartSvg(chart: Chart): string {
  const height = HEAD + chart.panels.length * PANEL + FOOT;
  const times = ticks(chart.from, chart.to);
  const panels = chart.panels.map((panel, index) =>
    panelOf(panel, chart, times, HEAD + index * PANEL)
  );
  const bottom = HEAD + chart.panels.length * PANEL + 16;
  const labels = times.map(({ at, label }) =>
    words(label, { x: xOf(at, chart), y: bottom }, { size: 20, fill: FAINT, anchor: "middle" })
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">`,
    `<rect width="${WIDTH}" height="${height}" fill="${GROUND}"/>`,
    words(cut(chart.title, 44), { x: RIGHT, y: 46 }, { size: 30, fill: INK }),
    ...panels,
    ...labels,
    "</svg>",
  ].join("\n");
}

const xOf = (at: number, { from, to }: Pick<Chart, "from" | "to">) =>
  round(LEFT + (at - from) / (to - from) * PLOT);

const round = (value: number) => Math.round(value * 10) / 10;

interface Tick {
  readonly at: number;
  readonly label: string;
}

/** One panel, its upper edge at `top`. */
function panelOf(panel: Panel, span: Chart, times: readonly Tick[], top: number): string {
  const points = panel.points.filter(({ at }) => at >= span.from && at <= span.to);
  const [low, high] = range(panel, points);
  const floor = top + LABEL + CURVE;
  const y = (value: number) =>
    round(floor - (Math.min(Math.max(value, low), high) - low) / (high - low) * CURVE);
  const last = points.at(-1);
  const colour = (last?.value ?? 0) >= panel.warn ? TROUBLE : GOOD;
  const levels = [low, (low + high) / 2, high];
  const said = panel.note ?? (last === undefined ? "no data" : `${short(last.value)}${panel.unit}`);
  const place = (point: Point) => `${xOf(point.at, span)},${y(point.value)}`;
  return [
    words(cut(panel.label, LINE - said.length), { x: LEFT, y: top + 28 }, {
      size: 22,
      fill: INK,
    }),
    words(said, { x: WIDTH - RIGHT, y: top + 28 }, { size: 22, fill: colour, anchor: "end" }),
    `<rect x="${LEFT}" y="${top + LABEL}" width="${PLOT}" height="${CURVE}" fill="${FRAME}"/>`,
    ...levels.flatMap((level) => [
      line(LEFT, y(level), WIDTH - RIGHT, y(level), GRID),
      words(short(level), { x: LEFT - 10, y: y(level) + 7 }, {
        size: 19,
        fill: FAINT,
        anchor: "end",
      }),
    ]),
    ...times.map(({ at }) => line(xOf(at, span), top + LABEL, xOf(at, span), floor, GRID)),
    ...(panel.warn < high
      ? [line(LEFT, y(panel.warn), WIDTH - RIGHT, y(panel.warn), TROUBLE, "3 7")]
      : []),
    ...runs(points).flatMap((run) => curve(run.map(place), colour, floor)),
    ...(panel.forecast === undefined ? [] : [dashed(panel.forecast.map(place), TROUBLE)]),
  ].join("\n");
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string, dash = ""): string {
  const dashes = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" stroke-width="1.5"${dashes}/>`;
}

/** A line with its area below it; a value that stands alone is a dot. */
function curve(places: readonly string[], colour: string, floor: number): string[] {
  const [first = "", last = first] = [places[0], places.at(-1)];
  const [x1, x2] = [first.split(",")[0], last.split(",")[0]];
  if (places.length === 1) {
    const [x, y] = first.split(",");
    return [`<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`];
  }
  return [
    `<polygon points="${x1},${floor} ${
      places.join(" ")
    } ${x2},${floor}" fill="${colour}" fill-opacity="0.16"/>`,
    `<polyline points="${
      places.join(" ")
    }" fill="none" stroke="${colour}" stroke-width="3" stroke-linejoin="round"/>`,
  ];
}

const dashed = (places: readonly string[], colour: string) =>
  `<polyline points="${
    places.join(" ")
  }" fill="none" stroke="${colour}" stroke-width="3" stroke-dasharray="10 8"/>`;

/** Where values are missing the curve breaks: a line across would claim that they were there. */
function runs(points: readonly Point[]): Point[][] {
  const steps = points.slice(1).map(({ at }, index) => at - points[index]!.at).sort((a, b) =>
    a - b
  );
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  const found: Point[][] = [];
  for (const point of points) {
    const run = found.at(-1);
    const before = run?.at(-1);
    if (run === undefined || before === undefined || point.at - before.at > usual * 2.5) {
      found.push([point]);
    } else run.push(point);
  }
  return found;
}

/** What is shown at least, widened to tens where values lie outside; a part of a whole never does. */
function range({ min, max, unit }: Panel, points: readonly Point[]): [number, number] {
  if (unit === " %") return [min, max];
  const values = points.map(({ value }) => value);
  const low = Math.min(min, ...values.map((value) => Math.floor(value / 10) * 10));
  const high = Math.max(max, ...values.map((value) => Math.ceil(value / 10) * 10));
  return [low, high];
}

const short = (value: number) =>
  Math.abs(value) >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);

/** Round times within a span: hours of a day, or days. In this machine's time zone. */
function ticks(from: number, to: number): Tick[] {
  const span = to - from;
  const hours = span <= 2 * DAY;
  const step = hours ? (span <= 8 * HOUR ? 2 : 6) : Math.ceil(span / DAY / 6);
  const at = new Date(from);
  at.setHours(0, 0, 0, 0);
  const found: Tick[] = [];
  while (at.getTime() <= to) {
    // A label at the very edge would be cut.
    const inside = at.getTime() > from + span / 40 && at.getTime() < to - span / 40;
    if (inside) found.push({ at: at.getTime(), label: hours ? timeOf(at) : dayOf(at) });
    if (hours) at.setHours(at.getHours() + step);
    else at.setDate(at.getDate() + step);
  }
  return found;
}

const timeOf = (at: Date) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayOf = (at: Date) => at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });

/**
 * The PNG of a chart, 900 pixels wide. What draws it is loaded with the first one (about 30 ms).
 * Text in a script that the embedded font lacks (it has Latin, Greek and Cyrillic) shows as "?".
 */
export async function drawChart(chart: Chart): Promise<Uint8Array> {
  const { png } = await import("./png.ts");
  return await png(chartSvg(chart));
}
