import { systemClock } from "../../lib/clock.ts";
import type { ProbeEnvironment } from "../../lib/homelab/environment.ts";

/** The time at which the recordings were made. */
export const THEN = Date.parse("2026-11-20T18:40:00Z");

/** An outside without files, programs and hosts, whose time stands still but for its timers. */
export function outside(world: Partial<ProbeEnvironment> = {}): ProbeEnvironment {
  return {
    clock: { ...systemClock, now: () => THEN },
    fetch,
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
    run: () => Promise.resolve({ code: 127, stdout: new Uint8Array(), stderr: "not found" }),
    connect: () => Promise.reject(new Deno.errors.TimedOut("nobody there")),
    start: () => null,
    ...world,
  };
}

export const NEVER = new AbortController().signal;
