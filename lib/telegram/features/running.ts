import type { Running } from "../../claude/running.ts";
import type { Output } from "../../conversation/mod.ts";

/** The sessions' processes beside their turns. Nothing here starts one but `start`. */
export type RunningClaude = Omit<Running, "fleet">;

/** The owner's settings for the choices of a chat. */
export interface Rules {
  /** True when a session may skip all permission requests. */
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
