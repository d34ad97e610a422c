import type { Level } from "../../../lib/level.ts";
import type { Probe, Report, Row } from "../../../lib/homelab/mod.ts";

export const row = (level: Level, name: string, text = "as it is", detail = false): Row => ({
  ...{ level, name, text },
  ...(detail ? { detail: true as const } : {}),
});

export const report = (rows: readonly Row[], more: Partial<Report> = {}): Report => ({
  title: "Beszel",
  level: "warn",
  summary: "1 of 2 up",
  rows,
  at: Date.parse("2026-11-20T18:40:00Z"),
  ...more,
});

/** A probe that tells what it is given, and remembers what it was asked. */
export function aProbe(tell: () => Report | Promise<Report>) {
  const asked: (string | undefined)[] = [];
  const probe: Probe = {
    title: "Beszel",
    check: async (_signal, only) => {
      asked.push(only);
      return await tell();
    },
  };
  return { probe, asked };
}
