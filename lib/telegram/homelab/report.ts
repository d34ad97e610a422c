/**
 * A report of a probe as the chat shows it: a message with its buttons, a picture, a line of `/status`.
 * @module
 */
import { drawChart, type Homelab, type Probe, type ProbeName } from "../../homelab/mod.ts";
import type { NewDelivery, Place } from "../../journal/mod.ts";
import { logger } from "../../log.ts";
import { button, encode, keyboard } from "../buttons.ts";
import type { Reply } from "../context.ts";
import type { StatusReport } from "../info/status.ts";
import { photoDelivery } from "../photo.ts";
import { renderReport, statusLine } from "./render.ts";

const log = logger("homelab");

/** A button's data has 64 bytes. */
const MOST_BYTES = 64;
/** A check ends by itself within its time. */
const NEVER = new AbortController().signal;

/** A fresh report of a probe, with its buttons. */
export async function reportReply(
  name: ProbeName,
  probe: Probe,
  only: string,
): Promise<Reply> {
  const report = await probe.check(NEVER, only === "" ? undefined : only);
  const refresh = { do: "report", act: "refresh", probe: name, only } as const;
  const fits = new TextEncoder().encode(encode(refresh)).length <= MOST_BYTES;
  return {
    text: renderReport(report),
    extra: keyboard([
      ...(fits ? [button("🔄 Refresh", refresh)] : []),
      button("💬 Ask Claude", { do: "report", act: "ask", probe: name }),
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
