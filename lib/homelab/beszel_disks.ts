import type { Level } from "../level.ts";
import type { Row } from "./report.ts";
import { oneLine } from "./words.ts";

/** The part of the report that they are, and the note's name when it did not come. */
export const DISKS_PART = "SMART";

/** What SMART says of a disk (Beszel 0.18 agent/smart `getSmartStatus`, internal/alerts/alerts_smart). */
export const DISK_LEVELS: Readonly<Record<string, Level>> = {
  PASSED: "ok",
  WARNING: "warn",
  FAILED: "bad",
  UNKNOWN: "unknown",
};

/** A row for each disk. One that is well is a detail, and so is one that has no SMART, such as a VM's. */
export function diskRows(
  records: readonly unknown[],
  nameOf: (system: string) => string | null,
): Row[] {
  return records.flatMap((record): Row[] => {
    const { id, system, name, model, state, temp } = Object(record) as Record<string, unknown>;
    const owner = nameOf(String(system));
    if (owner === null) return [];
    const said = oneLine(String(state), 40);
    const level = DISK_LEVELS[said] ?? "unknown";
    const more = [
      ...(typeof model === "string" && model !== "" ? [oneLine(model, 60)] : []),
      ...(typeof temp === "number" && temp > 0 ? [`${Math.round(temp)} °C`] : []),
    ];
    return [{
      ...{ level, name: `${owner} · ${oneLine(String(name), 60)}`, key: `disk ${id}` },
      text: [`SMART ${said === "" ? "not told" : said}`, ...more].join(" · "),
      part: DISKS_PART,
      ...(level === "ok" || said === "UNKNOWN" ? { detail: true as const } : {}),
    }];
  });
}
