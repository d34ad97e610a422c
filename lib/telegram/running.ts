import type { BackgroundTask, ContextUsage, InitializeInfo } from "../claude/events.ts";
import type { Output } from "../conversation/mod.ts";

/** The sessions' processes beside their turns. Nothing here starts one but `start`. */
export interface RunningClaude {
  alive(session: string): boolean;
  /** Whether a turn runs. */
  working(session: string): boolean;
  /** Starts the process unless it is alive. Rejects with a sentence for the person. */
  start(session: string): Promise<void>;
  /** The commands and models of the session's process, or of the last one of another session; undefined before any. */
  initializeInfo(session: string): InitializeInfo | undefined;
  /** @returns the id of the model that answers from the next turn on; null when that failed. */
  setModel(session: string, model: string): Promise<string | null>;
  /** The mode that the process last named; null before its first turn. An accepted plan changes it. */
  mode(session: string): string | null;
  /** @returns whether the process works in this mode now. */
  setMode(session: string, mode: string): Promise<boolean>;
  /** Null: the model's own. @returns whether the process confirmed it. */
  setEffort(session: string, effort: string | null): Promise<boolean>;
  /**
   * What a process is started with was changed. @returns whether one is starting, which then starts
   * again with it; false for one that is up and has to be told, and for none.
   */
  restartIfStarting(session: string): boolean;
  /** The process was started for something else: it ends, at the latest when it rests. */
  outdate(session: string): Promise<"none" | "starting" | "ended" | "later">;
  /** The idle time was changed. */
  retime(session: string): void;
  /** Null when there is no process, or it does not say. */
  contextUsage(session: string): Promise<ContextUsage | null>;
  /** The living processes, with how many background tasks each has. */
  processes(): readonly {
    readonly session: string;
    readonly pid: number;
    readonly tasks: number;
  }[];
  /** What runs in the background, of all sessions. */
  tasks(): readonly { readonly session: string; readonly task: BackgroundTask }[];
  stopTask(session: string, task: string): Promise<boolean>;
}

/** What the owner's settings say about the choices of a chat. */
export interface Rules {
  /** Whether a session may skip all permission requests. */
  readonly allowBypass: boolean;
  readonly model: string | null;
  readonly permissionMode: string;
  readonly budgetUsdPerDay: number | null;
}

/** How much of its work each session shows, at hand without reading its metadata. */
export class Outputs {
  readonly #known = new Map<string, Output>();

  of(session: string): Output {
    return this.#known.get(session) ?? "normal";
  }

  /** What a session's metadata said when it was read; what was noted since counts more. */
  learn(session: string, output: string): void {
    if (!this.#known.has(session)) this.note(session, output);
  }

  /** The session goes, or another of its name may come. */
  forget(session: string): void {
    this.#known.delete(session);
  }

  /** Notes what was just written to a session's metadata; an unknown word counts as `normal`. */
  note(session: string, output: string): void {
    this.#known.set(session, output === "verbose" || output === "smart" ? output : "normal");
  }
}
