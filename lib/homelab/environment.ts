import type { Clock } from "../clock.ts";
import { type RunProgram, spawn } from "../programs.ts";

/** The part of `fetch` that probes use; tests and pinned connections bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Opens a connection and closes it again. */
export type Connect = (hostname: string, port: number, signal: AbortSignal) => Promise<void>;

/** A program that runs. */
export interface RunningProgram {
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  /** Signals it and all that it has started. */
  end(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts a program by its argument vector; null when it is not there or may not be run. */
export type StartProgram = (program: string, args: readonly string[]) => RunningProgram | null;

/** What the homelab's probes and commands need of the outside; each part picks what it uses. */
export interface ProbeEnvironment {
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** Relative paths are the home's. */
  readTextFile(path: string): Promise<string>;
  readonly run: RunProgram;
  readonly connect: Connect;
  readonly start: StartProgram;
}

/** What it takes to ask a service over HTTP. */
export type HttpEnvironment = Pick<ProbeEnvironment, "clock" | "fetch" | "readTextFile">;

/**
 * A {@linkcode StartProgram} by `Deno.Command`. Each program leads a process group of its own, so that
 * what it starts can be ended with it; `env` is its whole environment.
 * @param kill runs the program `kill`: Deno may signal its own child, and nothing beside it.
 */
export function programStarter(
  env: Readonly<Record<string, string>>,
  home: string,
  kill: (args: readonly string[]) => Promise<unknown>,
): StartProgram {
  return (program, args) => {
    const child = spawn(program, args, { env: { ...env }, cwd: home, detached: true });
    if (child === null) return null;
    return {
      stdout: child.stdout,
      stderr: child.stderr,
      status: child.status,
      end(signal) {
        try {
          child.kill(signal);
        } catch {
          // It has ended by itself; its group may live on.
        }
        kill([`-${signal.slice(3)}`, "--", `-${child.pid}`]).catch(() => {});
      },
    };
  };
}
