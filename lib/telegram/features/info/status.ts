import { within } from "../../../clock.ts";
import { logger } from "../../../log/mod.ts";
import type { Command, Context, StatusReport } from "../../context.ts";
import { bold, concat, type FormattedText, lines, type Part } from "../../text/formatted.ts";
import { OWN_REPORTS } from "./status_reports.ts";

const log = logger("status");

/** A report that takes longer costs its own line; those of the homelab end by themselves at 4.5 s. */
const DEADLINE_MS = 4_800;

/** All reports at the same time; one that fails, or is late, is one line that says so. */
export async function statusText(
  context: Context,
  reports: readonly StatusReport[],
): Promise<FormattedText> {
  const parts = await Promise.all(reports.map((report) => linesOf(context, report)));
  return lines(...parts.flat());
}

async function linesOf(context: Context, report: StatusReport): Promise<readonly Part[]> {
  const { title } = report;
  try {
    const found = await within(context.clock, DEADLINE_MS, report.lines(context));
    return found ?? [concat(bold(title), `: no answer within ${DEADLINE_MS / 1000} s`)];
  } catch (error) {
    log.warn("Cannot report on {title}: {error}", { title, error });
    return [concat(bold(title), ": cannot be told; the log says why")];
  }
}

/** Switchboard itself at a glance; answered at once, beside what waits. */
export const STATUS: Command = {
  name: "status",
  description: "Switchboard at a glance",
  repeatable: true,
  beside: true,
  run: async (context) => ({
    text: await statusText(context, [...OWN_REPORTS, ...context.reports]),
  }),
};
