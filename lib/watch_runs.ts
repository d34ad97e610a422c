import { join } from "@std/path";
import { ensureDir } from "@std/fs";
import type { TurnEvent } from "./claude/events.ts";
import type { Lock } from "./claude/lock.ts";
import type { Launch } from "./claude/launch.ts";
import { NO_PERMISSIONS } from "./claude/permissions.ts";
import { ClaudeProcess, HURRIED, type ProcessOptions } from "./claude/process.ts";
import { within } from "./clock.ts";
import { logger } from "./log.ts";
import type { WatchRun } from "./schedule/mod.ts";
import { ownPersona, type Persona, PersonaNotFoundError } from "./sessions/mod.ts";
import type { SessionManager } from "./sessions/mod.ts";
import WATCH from "./schedule/watch_persona.json" with { type: "json" };

const log = logger("watches");

/** Who reacts to nothing but SIGKILL is gone by then. */
export const CLOSE_MS = HURRIED.interrupt + HURRIED.stdin + HURRIED.term + HURRIED.kill;

/**
 * The persona of all watches. It is not among those that a person chooses from for a session; the
 * owner's file of that name wins over it.
 */
const PERSONA = "watch";

/** The tools that a watch is offered at all; which of their uses are allowed is the persona's. */
const TOOLS = ["Read", "Grep", "Glob", "Bash"];

export interface WatchRunsOptions {
  readonly home: string;
  readonly sessions: Pick<SessionManager, "loadPersona">;
  readonly process: Omit<ProcessOptions, "onEvent">;
  readonly configRoot: Lock["configRoot"];
  readonly uuid: () => string;
  /** Ends what the shells of a `claude` that has ended run on. */
  readonly sweep: (pid: number) => Promise<unknown>;
}

/**
 * Runs prompts of watches, each in a process and a conversation of its own that leave nothing behind.
 * Nobody is there to be asked: what the persona does not allow is denied. The settings of the user
 * are not read, since they may allow more. When `signal` aborts, the process is ended, and the run with
 * it, whatever the process does.
 */
export function watchRuns(
  { home, sessions, process, configRoot, uuid, sweep }: WatchRunsOptions,
) {
  return async (prompt: string, budgetUsd: number, signal: AbortSignal): Promise<WatchRun> => {
    const persona = await personaOf(sessions);
    const cwd = join(home, "state/watch");
    await ensureDir(cwd);
    const { promise, resolve } = Promise.withResolvers<WatchRun>();
    const listen = listener(resolve, (id) => void claude?.answer(id, DENIED));
    const options = {
      ...{ ...process, command: [...process.command, ...flags(budgetUsd)] },
      ...{ signal, onEvent: listen },
    };
    let claude: ClaudeProcess | null = null;
    const launch = launchOf(persona, cwd, uuid(), await configRoot());
    const started = claude = await ClaudeProcess.start(launch, options);
    let closing: Promise<void> | null = null;
    const close = () =>
      closing ??= within(process.clock, CLOSE_MS, started.close("closed", HURRIED));
    // Its end gives the run's, and what it has cost; if there is none, that it was stopped.
    const stop = () => void close().then(() => resolve(STOPPED));
    signal.addEventListener("abort", stop);
    try {
      if (signal.aborted) return STOPPED;
      started.send({ id: uuid(), text: prompt });
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      await close();
      await sweep(started.pid)
        .catch((error) => log.error("Cannot sweep behind a watch: {error}", { error }));
    }
  };
}

async function personaOf(sessions: WatchRunsOptions["sessions"]): Promise<Persona> {
  try {
    return await sessions.loadPersona(PERSONA);
  } catch (error) {
    if (error instanceof PersonaNotFoundError) return ownPersona(WATCH);
    throw error;
  }
}

const STOPPED: WatchRun = { failure: "it was stopped", text: "", usage: null };

const DENIED = { kind: "deny", reason: "A watch only reads, and nobody is here to ask." } as const;

const flags = (budgetUsd: number) => [
  ...["--tools", TOOLS.join(","), "--strict-mcp-config", "--setting-sources", ""],
  ...["--no-session-persistence", "--max-budget-usd", budgetUsd.toFixed(4)],
];

const launchOf = (
  { system_prompt, settings }: Persona,
  cwd: string,
  id: string,
  configRoot: string | null,
): Launch => ({
  session: PERSONA,
  cwd,
  conversation: { id, state: "new" },
  systemPrompt: system_prompt,
  model: settings.model,
  maxTurns: settings.max_turns,
  permissionMode: "dontAsk",
  allowedTools: settings.allowed_tools,
  configRoot,
  permissions: { ...NO_PERMISSIONS, additionalDirectories: settings.add_dirs },
  effort: settings.effort,
});

/** Hears a process until its one turn has ended, or it has. */
function listener(ended: (run: WatchRun) => void, deny: (request: string) => void) {
  let text = "";
  return (event: TurnEvent) => {
    switch (event.type) {
      case "message": // What is said before a tool's use is no finding.
        text = event.text;
        return;
      case "prompt":
        return deny(event.request.id);
      case "ended": {
        const { outcome, usage } = event;
        const failure = outcome !== "answered"
          ? event.text || `it was ${outcome}`
          : text.trim() === ""
          ? "it ended without a word"
          : null;
        return ended({ failure, text, usage });
      }
      case "dropped":
        return ended({ failure: "Claude Code did not take the prompt", text: "", usage: null });
      case "exited":
        return ended({
          failure: `Claude Code ended in the middle of it${
            event.stderrTail && ": "
          }${event.stderrTail}`,
          text: "",
          usage: null,
        });
      default:
        return;
    }
  };
}
