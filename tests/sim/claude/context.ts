/** What the parts of the stand-in share. */

import type { ScriptReader } from "../messages_api/script.ts";
import type { Conversation } from "./conversation.ts";
import type { Flags, Mode } from "./flags.ts";
import type { Ledger } from "./ledger.ts";
import type { Permissions } from "./permissions.ts";
import type { Recorder } from "./record.ts";
import type { Tasks } from "./tasks.ts";
import type { Line, Wire } from "./wire.ts";

/** What may change while the process runs. */
export interface Settings {
  model: string;
  mode: Mode;
  effort: string;
  title: string | undefined;
}

export interface Context {
  readonly flags: Flags;
  readonly env: (name: string) => string | undefined;
  readonly cwd: string;
  readonly configDir: string;
  /** Speaks like a version before the lifecycle lines. */
  old: boolean;
  readonly settings: Settings;
  readonly wire: Wire;
  readonly record: Recorder;
  readonly reader: ScriptReader;
  readonly conversation: Conversation;
  readonly ledger: Ledger;
  readonly permissions: Permissions;
  readonly tasks: Tasks;
  /** How often a scripted error has come already, by step. */
  readonly failures: Map<string, number>;
  /** Set by `SILENT`: nothing is said or heard any more. */
  silent: boolean;
  /** Set by `IGNORETERM`. */
  ignoreTerm: boolean;
  /** The session's state changed; printed for those who asked for it. */
  readonly state: (state: "running" | "requires_action" | "idle") => void;
  readonly exit: (code: number) => Promise<never>;
}

export function changeMode(ctx: Context, mode: Mode): void {
  if (ctx.settings.mode === mode) return;
  ctx.settings.mode = mode;
  ctx.wire.emit(modeLine(mode));
}

export function modeLine(mode: Mode): Line {
  return { type: "system", subtype: "status", status: null, permissionMode: mode };
}

/** Why a turn was cut off. */
export type Cut = "interrupt" | "now" | "signal";

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
