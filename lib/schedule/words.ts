/** What schedule says, as Markdown. */
import type { Report } from "../homelab/mod.ts";
import { byUrgency, MARKS } from "../level.ts";
import { literal as plain } from "../text.ts";
import { span } from "../units.ts";
import type { AlertLine } from "../journal/mod.ts";

/** More lines are for /status. */
const MOST_LINES = 15;

/** "14:02", or "Tue 14:02" when that was not on the day of `now`. */
function timeOf(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === today.toDateString()) return time;
  return `${date.toLocaleDateString("en-GB", { weekday: "short" })} ${time}`;
}

/** What an alert says: its lines, the worst first. */
export function alertText(lines: readonly AlertLine[]): string {
  const head = lines.some(({ late }) => late) ? ["🌙 While it was quiet:"] : [];
  const shown = lines.slice(0, MOST_LINES).map(alertLine);
  const more = lines.length - shown.length;
  const rest = more === 0 ? [] : [`… and ${more} more; /status shows them.`];
  return [...head, ...shown, ...rest].join("\n\n");
}

function alertLine(
  { kind, level, title, name, service, down, text, from, to }: AlertLine,
): string {
  const what = service ? `**${plain(title)}**` : `**${plain(name)}** · ${plain(title)}`;
  const took = span(to - from);
  const times = `${timeOf(from, to)}-${timeOf(to, to)}`;
  switch (kind) {
    case "trouble": {
      // Two checks have to agree: some minutes are no news.
      const since = to - from > 30 * 60_000 ? ` (since ${timeOf(from, to)})` : "";
      const below = service ? ". Until it answers, I know nothing about what it watches." : "";
      return `${MARKS[level]} ${what}: ${plain(text)}${since}${below}`;
    }
    case "recovered":
      return `${MARKS.ok} ${what}: ${down ? "up" : "well"} again after ${took}`;
    case "passed":
      return `${MARKS.ok} ${what}: was ${down ? "down" : "in trouble"} ${times}: ${plain(text)}`;
    case "unstable":
      return `${MARKS[level]} ${what}: unstable since ${timeOf(from, to)}, ${plain(text)}`;
    case "steady":
      return `${MARKS.ok} ${what}: steady again, was unstable ${times}`;
    case "gone":
      return `${MARKS.unknown} ${what}: is not listed any more. Last: ${plain(text)}`;
    default:
      return kind satisfies never;
  }
}

/** The day's summary: a line for each probe, the worst first. */
export function digestText(reports: readonly Report[], now: number): string {
  const day = new Date(now).toLocaleDateString("en-GB", {
    ...{ weekday: "long", day: "numeric", month: "long" } as const,
  });
  const rows = [...reports]
    .sort(byUrgency)
    .map(({ level, title, summary }) => `${MARKS[level]} **${plain(title)}**: ${plain(summary)}`);
  return [`**The homelab on ${plain(day)}**`, ...rows].join("\n\n");
}
