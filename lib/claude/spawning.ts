import { type Child, claudeEnvironment, claudeFlags, type Launch } from "./launch.ts";
import type { ProcessOptions } from "./process_options.ts";
import { spawnError } from "./start_error.ts";
import { Watchdog } from "./watchdog.ts";

/** A conversation that is resumed sooner needs no words. */
const RESUMING_MS = 2_000;

/**
 * The child of a session.
 * @throws {StartError} when the system cannot start it, or nobody wants it any more.
 */
export function spawned(
  launch: Launch,
  resume: boolean,
  { command, spawn, env, signal }: ProcessOptions,
): Child {
  try {
    signal?.throwIfAborted();
    return spawn([...command, ...claudeFlags(launch, resume)], {
      cwd: launch.cwd,
      env: claudeEnvironment(launch, env),
    });
  } catch (error) {
    throw spawnError(error);
  }
}

/** Says that a conversation is being resumed, and again: a prompt may come when that has begun. */
export function slowResume({ clock, onEvent }: ProcessOptions): Watchdog {
  const say = () => onEvent({ type: "notice", kind: "resuming", text: "Resuming…" });
  return new Watchdog(clock, RESUMING_MS, say);
}
