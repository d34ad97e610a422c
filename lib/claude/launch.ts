import type { Clock } from "../clock.ts";
import { logger } from "../log/mod.ts";
import type { TurnEvent } from "./events.ts";
import { spawnError } from "./failures.ts";

const log = logger("claude");

/** Rules of one process in the CLI's own words, beside those of the user's settings. */
export interface ProcessPermissions {
  readonly allow: readonly string[];
  readonly ask: readonly string[];
  readonly deny: readonly string[];
  /** Directories that count as the working directory does; nothing of them is loaded. */
  readonly additionalDirectories: readonly string[];
}

export const NO_PERMISSIONS: ProcessPermissions = {
  allow: [],
  ask: [],
  deny: [],
  additionalDirectories: [],
};

/** The start of a session's process. */
export interface Launch {
  readonly session: string;
  /** The session's directory. */
  readonly cwd: string;
  /**
   * The conversation's uuid, and what we know of it. `new`: no prompt was ever given to it; `begun`:
   * one was, and no turn ended, so the CLI may have it or not; `kept`: it has turns to be resumed.
   */
  readonly conversation: { readonly id: string; readonly state: "new" | "begun" | "kept" };
  readonly systemPrompt: string;
  readonly permissionMode: string;
  readonly model: string | null;
  readonly maxTurns: number | null;
  readonly effort: string | null;
  readonly allowedTools: readonly string[];
  /**
   * The directory that stands for the project's own configuration (`.claude/**`, `.mcp.json`): empty,
   * or a copy that the owner trusts. `null` where the CLI has no such flag: then the project has none.
   */
  readonly configRoot: string | null;
  readonly permissions: ProcessPermissions;
  /** Patterns of memory files (`CLAUDE.md` and its like) that are not read. */
  readonly memoryExcludes: readonly string[];
}

/** A running child, as `Deno.Command` gives it. */
export interface Child {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  /** Does nothing when the child has ended, or belongs to somebody whom we may not signal. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts `command` in `cwd` with exactly `env`. Throws what the system says when it cannot. */
export type Spawn = (
  command: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Child;

/** How long each step of a shutdown may take before the next, in milliseconds. */
export interface Patience {
  readonly interrupt: number;
  readonly stdin: number;
  readonly term: number;
  /** After SIGKILL: only who belongs to another user, and may not be signalled by us, is there then. */
  readonly kill: number;
}

/** Closing in peace, and closing within the 10 s that a stopping service has. */
export const PATIENT: Patience = { interrupt: 5_000, stdin: 5_000, term: 5_000, kill: 500 };
export const HURRIED: Patience = { interrupt: 1_500, stdin: 2_000, term: 3_000, kill: 500 };

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly spawn: Spawn;
  readonly clock: Clock;
  /** A running turn without a line for so long is reported, and again after as long. */
  readonly watchdogMs: number;
  /** Aborts a start: the child is killed. What has come up is closed with `close`. */
  readonly signal?: AbortSignal;
  readonly onEvent: (event: TurnEvent) => void;
  /** Told when a turn is told to stop; what it returns, when that turn is over. */
  readonly watchStop?: (pid: number) => () => void;
}

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

/** The flags of Claude Code 2.1; `resume` takes up the conversation instead of founding it. */
export function claudeFlags(launch: Launch, resume: boolean): string[] {
  const flags = [
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    "--include-partial-messages",
    ...["--permission-prompt-tool", "stdio"],
    ...[resume ? "--resume" : "--session-id", launch.conversation.id],
    ...["--permission-mode", launch.permissionMode],
    ...configFlags(launch),
  ];
  if (launch.systemPrompt !== "") {
    // Recorded with the conversation otherwise: an edited persona would be ignored on resume.
    flags.push("--append-system-prompt", launch.systemPrompt, "--system-prompt-snapshot", "off");
  }
  if (launch.model !== null) flags.push("--model", launch.model);
  if (launch.maxTurns !== null) flags.push("--max-turns", String(launch.maxTurns));
  if (launch.effort !== null) flags.push("--effort", launch.effort);
  if (launch.allowedTools.length > 0) flags.push("--allowedTools", launch.allowedTools.join(","));
  if (launch.memoryExcludes.length > 0) {
    // The memory of the directory is read before anything can be applied.
    flags.push("--settings", JSON.stringify({ claudeMdExcludes: launch.memoryExcludes }));
  }
  return flags;
}

/**
 * The flags that keep the project's own configuration out. `--project-config-root` takes all of it from elsewhere
 * and leaves `CLAUDE.md` to the working directory (Claude Code 2.1.329 and 2.1.332). Without it project
 * settings are off as a whole, and {@linkcode FALLBACK_ENV} brings the directory's `CLAUDE.md` back.
 */
function configFlags({ configRoot, cwd }: Launch): string[] {
  if (configRoot !== null) return ["--project-config-root", configRoot];
  return ["--setting-sources", "user", "--add-dir", cwd];
}

/** Without `--project-config-root`: `CLAUDE.md` of what `--add-dir` names is read (2.1.329). */
const FALLBACK_ENV = { CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: "1" };

/** The environment of a process, from that of all. */
export function claudeEnvironment(
  launch: Launch,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return launch.configRoot === null ? { ...env, ...FALLBACK_ENV } : env;
}

/** The variables that every `claude` of ours has (Claude Code 2.1.329). */
export const CLAUDE_ENV: Readonly<Record<string, string>> = {
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  // Joins text deltas for so long: a chat is edited once a second at the most.
  CLAUDE_CODE_STREAM_EVENT_HOLD_MS: "300",
  // `.claude/scheduled_tasks.json` starts turns by itself in an idle process.
  CLAUDE_CODE_DISABLE_CRON: "1",
  // Files that Claude writes unasked would speak in the next conversation.
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  // Ten retries take three minutes in silence.
  CLAUDE_CODE_MAX_RETRIES: "5",
};

/** Starts children through `Deno.Command`, with nothing inherited. */
export const denoSpawn: Spawn = (command, { cwd, env }) => {
  const [program, ...args] = command;
  const child = new Deno.Command(program ?? "", {
    args,
    cwd,
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    status: child.status,
    kill: (signal) => signalChild(child, signal),
  };
};

/** Signals a child, where that can be done: a shutdown goes on in any case. */
export function signalChild(
  child: Pick<Deno.ChildProcess, "pid" | "kill">,
  signal: "SIGTERM" | "SIGKILL",
): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (error instanceof TypeError) return; // It has ended already.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    // It belongs to another user (sudo in `claude.command`): only its input and its end are ours.
    log.warn("May not send {signal} to claude {pid}", { signal, pid: child.pid });
  }
}

/** Reads a stream to its end, or until it breaks, and keeps its last `limit` characters. */
export function tailOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, limit: number): Tail {
  const decoder = new TextDecoder();
  let text = "";
  const drained = (async () => {
    for await (const bytes of stream) {
      text = (text + decoder.decode(bytes, { stream: true })).slice(-limit);
    }
  })().catch(() => {}); // What was said until then is the tail.
  return { text: () => text.trim(), drained };
}

/** The end of what a stream said so far. */
export interface Tail {
  text(): string;
  /** Settles when the stream has ended; never rejects. */
  readonly drained: Promise<void>;
}
