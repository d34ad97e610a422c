/** How the process of a session is started. */
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
  readonly addDirs: readonly string[];
}

/** A running child, as `Deno.Command` gives it. */
export interface Child {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  /** Does nothing when the child has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts `command` in `cwd` with exactly `env`. Throws what the system says when it cannot. */
export type Spawn = (
  command: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Child;

/** The flags of Claude Code 2.1; `resume` takes up the conversation instead of founding it. */
export function claudeFlags(launch: Launch, resume: boolean): string[] {
  const flags = [
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    "--include-partial-messages",
    ...["--permission-prompt-tool", "stdio"],
    ...[resume ? "--resume" : "--session-id", launch.conversation.id],
    ...["--permission-mode", launch.permissionMode],
  ];
  if (launch.systemPrompt !== "") {
    // Recorded with the conversation otherwise: an edited persona would be ignored on resume.
    flags.push("--append-system-prompt", launch.systemPrompt, "--system-prompt-snapshot", "off");
  }
  if (launch.model !== null) flags.push("--model", launch.model);
  if (launch.maxTurns !== null) flags.push("--max-turns", String(launch.maxTurns));
  if (launch.effort !== null) flags.push("--effort", launch.effort);
  if (launch.allowedTools.length > 0) flags.push("--allowedTools", launch.allowedTools.join(","));
  for (const dir of launch.addDirs) flags.push("--add-dir", dir);
  return flags;
}

/** What every `claude` of ours is told through its environment (Claude Code 2.1.329). */
export const CLAUDE_ENV: Readonly<Record<string, string>> = {
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  // Joins text deltas for so long: a chat is edited once a second at the most.
  CLAUDE_CODE_STREAM_EVENT_HOLD_MS: "300",
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
    kill(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // TypeError: it has ended already.
      }
    },
  };
};
