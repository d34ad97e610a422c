/**
 * A report of a probe as the chat shows it: a message with its buttons, a picture, a line of `/status`.
 * @module
 */
import { drawChart, type Homelab, type Probe, type ProbeName } from "../../../homelab/mod.ts";
import type { NewDelivery, Place } from "../../../journal/mod.ts";
import { logger } from "../../../log/mod.ts";
import { button, keyboard, shortText } from "../../buttons.ts";
import type { Reply } from "../../context.ts";
import type { StatusReport } from "../../context.ts";
import { photoDelivery } from "../../api/uploads.ts";
import { renderReport, statusLine } from "./render.ts";

const log = logger("homelab");

/** A check ends by itself within its time. */
const NEVER = new AbortController().signal;

/** A fresh report of a probe, with its buttons. */
export async function reportReply(
  name: ProbeName,
  probe: Probe,
  only: string,
): Promise<Reply> {
  const report = await probe.check(NEVER, only === "" ? undefined : only);
  const short = shortText(only);
  return {
    text: renderReport(report),
    extra: keyboard([
      ...(short === null
        ? []
        : [button("🔄 Refresh", { do: "report.refresh", probe: name, only: short })]),
      button("💬 Ask Claude", { do: "report.ask", probe: name }),
    ]),
  };
}

/** What a probe remembers as a picture in a place; nothing when it remembers nothing. */
export async function pictureOf(
  probe: Probe,
  only: string,
  place: Place,
): Promise<NewDelivery[]> {
  const chart = await probe.chart?.(NEVER, only === "" ? undefined : only) ?? null;
  if (chart === null) return [];
  try {
    return [photoDelivery(await drawChart(chart), place)];
  } catch (error) {
    log.error("Cannot draw a chart of {title}: {error}", { title: probe.title, error });
    return []; // The report itself must not wait for its picture's repair.
  }
}

/** A line of `/status` for each probe. */
export const homelabReports = ({ probes }: Homelab): StatusReport[] =>
  [...probes.values()].map((probe) => ({
    title: probe.title,
    lines: async () => [statusLine(await probe.check(NEVER))],
  }));
