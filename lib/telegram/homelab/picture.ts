import { drawChart, type Probe } from "../../homelab/mod.ts";
import type { NewDelivery, Place } from "../../journal/mod.ts";
import { logger } from "../../log.ts";
import { photoDelivery } from "../photo.ts";
import { NEVER } from "./report.ts";

const log = logger("homelab");

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
