import type { Clock } from "../clock.ts";

/** The part of `fetch` that probes use; tests and pinned connections bring their own. */
export type Fetch = (
  url: string,
  init: RequestInit & { client?: Deno.HttpClient },
) => Promise<Response>;

/** Runs a program to its end; code 127 for one that is not there. */
export type Run = (
  program: string,
  args: readonly string[],
  options: { readonly signal: AbortSignal },
) => Promise<
  { readonly code: number; readonly stdout: Uint8Array<ArrayBuffer>; readonly stderr: string }
>;

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
export interface Environment {
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** Relative paths are the home's. */
  readTextFile(path: string): Promise<string>;
  readonly run: Run;
  readonly connect: Connect;
  readonly start: StartProgram;
}

/** What it takes to ask a service over HTTP. */
export type HttpEnvironment = Pick<Environment, "clock" | "fetch" | "readTextFile">;
