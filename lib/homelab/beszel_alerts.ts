import type { Row } from "./report.ts";
import { oneLine } from "./words.ts";

/** The part of the report that they are, and the note's name when it did not come. */
export const ALERTS_PART = "Beszel's alerts";

/** The alerts that can be set, and what their value counts (Beszel 0.18 `alerts` collection). */
const UNITS: Readonly<Record<string, string>> = {
  ...{ CPU: " %", Memory: " %", Disk: " %", GPU: " %", Battery: " %" },
  ...{ Temperature: " °C", Bandwidth: " MB/s" },
  ...{ LoadAvg1: "", LoadAvg5: "", LoadAvg15: "" },
};

/**
 * A row for each alert that the hub's user has set; those that do not fire are details. That a system
 * is down is its own row, so its "Status" is none.
 */
export function alertRows(
  records: readonly unknown[],
  nameOf: (system: string) => string | null,
): Row[] {
  return records.flatMap((record): Row[] => {
    const { system, name, value, triggered } = Object(record) as Record<string, unknown>;
    const owner = nameOf(String(system));
    if (name === "Status" || owner === null) return [];
    const kind = oneLine(String(name), 40);
    const over = kind === "Battery" ? "under" : "over";
    const about = {
      name: `${owner} · ${kind} alert`,
      key: `alert ${system} ${kind}`,
      part: ALERTS_PART,
    };
    const text = `${over} ${Number(value)}${UNITS[kind] ?? ""}`;
    if (triggered === true) return [{ level: "warn", ...about, text }];
    if (triggered === false) return [{ level: "ok", ...about, text: `not ${text}`, detail: true }];
    return [{ level: "unknown", ...about, text: "Beszel does not say whether it fires" }];
  });
}
