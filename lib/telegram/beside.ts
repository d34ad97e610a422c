import type { Homelab } from "../homelab/mod.ts";
import type { JournalUpdate, UpdateKind } from "../journal/mod.ts";
import { findCommand } from "./commands.ts";
import { parseCommand } from "./receive.ts";
import { messageOf } from "./jobs.ts";

const BESIDE: ReadonlySet<UpdateKind> = new Set(["press", "stop", "draft_stop"]);

/** Whether an update is served at once, beside what waits in its place. */
export function isBeside(update: JournalUpdate, homelab: Homelab): boolean {
  if (update.kind !== "command") return BESIDE.has(update.kind);
  const { name = "" } = parseCommand(messageOf(update).text ?? "") ?? {};
  return findCommand(name, homelab)?.beside === true;
}
