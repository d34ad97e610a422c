import { type ProbeName, PROBES } from "../../homelab/mod.ts";

/** What the buttons under a report do. */
export type ReportAction =
  & { readonly do: "report"; readonly probe: ProbeName }
  & (
    /** `only`: what the report was narrowed to; empty for all of it. */
    | { readonly act: "refresh"; readonly only: string }
    | { readonly act: "ask" }
  );

/** The part of a button's data behind its first letter. */
export function encodeReportAction(action: ReportAction): string {
  const [letter] = Object.entries(PROBES).find(([, { name }]) => name === action.probe)!;
  return action.act === "ask" ? `a${letter}` : `r${letter}${action.only}`;
}

/** The action of that part; null for anything that we did not write. */
export function decodeReportAction(data: string): ReportAction | null {
  const [, act, letter = "", only = ""] = /^([ar])([a-z])(.*)$/s.exec(data) ?? [];
  const probe = Object.entries(PROBES).find(([each]) => each === letter)?.[1].name;
  if (probe === undefined) return null;
  if (act === "a") return { do: "report", act: "ask", probe };
  return { do: "report", act: "refresh", probe, only };
}
