import { type Child, claudeFlags, type Launch } from "./launch.ts";
import type { ProcessOptions } from "./process_options.ts";
import { spawnError } from "./start_error.ts";

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
    return spawn([...command, ...claudeFlags(launch, resume)], { cwd: launch.cwd, env });
  } catch (error) {
    throw spawnError(error);
  }
}
