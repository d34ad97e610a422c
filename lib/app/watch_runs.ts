import { dirname, join } from "@std/path";
import { ensureDir } from "@std/fs";
import type { ClaudeRequest, TurnEvent } from "../claude/events.ts";
import type { Lock } from "../claude/lock.ts";
import { HURRIED, type Launch, NO_PERMISSIONS, type ProcessOptions } from "../claude/launch.ts";
import { ClaudeProcess } from "../claude/process.ts";
import { within } from "../clock.ts";
import { logger } from "../log/mod.ts";
import { groupOf, openDirectory } from "../sharing.ts";
import type { WatchRun } from "../schedule/mod.ts";
import {
  ownPersona,
  type Persona,
  PersonaNotFoundError,
  type SessionManager,
} from "../sessions/mod.ts";
import { ASKING_TOOLS, mayWatch, rightsInWords, type WatchRights } from "./watch_rights.ts";
import WATCH from "../schedule/watch_persona.json" with { type: "json" };

const log = logger("watches");

/** Who reacts to nothing but SIGKILL is gone by then. */
export const CLOSE_MS = HURRIED.interrupt + HURRIED.stdin + HURRIED.term + HURRIED.kill;

/**
 * The persona of all watches. It is not among those that a person chooses from for a session; the
 * owner's file of that name wins over it.
 */
const PERSONA = "watch";

/** The tools that the owner's own persona may allow uses of. */
const OWN_TOOLS = ["Read", "Grep", "Glob", "Bash"];

export interface WatchRunsOptions {
  readonly home: string;
  readonly sessions: Pick<SessionManager, "loadPersona">;
  readonly process: Omit<ProcessOptions, "onEvent">;
  /** What the settings let a watch look at, beside its own few commands. */
  readonly rights: WatchRights;
  readonly configRoot: Lock["configRoot"];
  readonly uuid: () => string;
  /** Ends what the shells of a `claude` that has ended run on. */
  readonly sweep: (pid: number) => Promise<unknown>;
}

/**
 * Runs prompts of watches, each in a process and a conversation of its own that leave nothing behind.
 * Nobody is there to be asked: the built-in persona may do what stands in `rights`, word for word, and
 * the owner's own what it allows itself. The settings of the user are not read, since they may allow
 * more. When `signal` aborts, the process is ended, and the run with
 * it, whatever the process does.
 */
export function watchRuns(
  { home, sessions, process, rights, configRoot, uuid, sweep }: WatchRunsOptions,
) {
  return async (prompt: string, budgetUsd: number, signal: AbortSignal): Promise<WatchRun> => {
    const own = await ownWatchPersona(sessions);
    const launched = own === null ? builtIn(rights) : asItIs(own);
    // Not in `state/`, which is closed to a `claude` that runs as another user.
    const cwd = join(home, "trust/watch");
    await ensureDir(cwd);
    await openDirectory(cwd, await groupOf(dirname(cwd)), "reads");
    const { promise, resolve } = Promise.withResolvers<WatchRun>();
    const judge = (request: ClaudeRequest) =>
      void claude?.answer(request.id, own === null && mayWatch(request, rights) ? ALLOWED : DENIED);
    const listen = listener(resolve, judge);
    const options = {
      ...{ ...process, command: [...process.command, ...flags(launched.tools, budgetUsd)] },
      ...{ signal, onEvent: listen },
    };
    let claude: ClaudeProcess | null = null;
    const launch = launchOf(launched, cwd, uuid(), await configRoot());
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

/** The owner's own persona of watches, which keeps the tools that it names; null without one. */
export async function ownWatchPersona(
  sessions: WatchRunsOptions["sessions"],
): Promise<Persona | null> {
  try {
    return await sessions.loadPersona(PERSONA);
  } catch (error) {
    if (error instanceof PersonaNotFoundError) return null;
    throw error;
  }
}

const STOPPED: WatchRun = { failure: "it was stopped", text: "", usage: null };

const ALLOWED = { kind: "allow" } as const;
const DENIED = { kind: "deny", reason: "A watch only reads, and nobody is here to ask." } as const;

const flags = (tools: readonly string[], budgetUsd: number) => [
  ...["--tools", tools.join(","), "--strict-mcp-config", "--setting-sources", ""],
  ...["--no-session-persistence", "--max-budget-usd", budgetUsd.toFixed(4)],
];

/** The launch of a watch. */
type Launched =
  & { readonly persona: Persona; readonly tools: readonly string[] }
  & Pick<Launch, "permissionMode" | "allowedTools" | "permissions">;

/** Every use of a tool is asked for, and judged by us. */
function builtIn(rights: WatchRights): Launched {
  const persona = ownPersona(WATCH);
  return {
    persona: { ...persona, system_prompt: `${persona.system_prompt}\n\n${rightsInWords(rights)}` },
    tools: ASKING_TOOLS,
    permissionMode: "default",
    allowedTools: [],
    permissions: { ...NO_PERMISSIONS, ask: ASKING_TOOLS },
  };
}

function asItIs(persona: Persona): Launched {
  return {
    persona,
    tools: OWN_TOOLS,
    permissionMode: "dontAsk",
    allowedTools: persona.settings.allowed_tools,
    permissions: { ...NO_PERMISSIONS, additionalDirectories: persona.settings.add_dirs },
  };
}

function launchOf(
  { persona, permissionMode, allowedTools, permissions }: Launched,
  cwd: string,
  id: string,
  configRoot: string | null,
): Launch {
  const { system_prompt: systemPrompt, settings } = persona;
  return {
    ...{ session: PERSONA, cwd, conversation: { id, state: "new" }, systemPrompt },
    ...{ model: settings.model, maxTurns: settings.max_turns, effort: settings.effort },
    ...{ permissionMode, allowedTools, permissions, configRoot, memoryExcludes: [] },
  };
}

/** Hears a process until its one turn has ended, or it has. */
function listener(ended: (run: WatchRun) => void, judge: (request: ClaudeRequest) => void) {
  let text = "";
  return (event: TurnEvent) => {
    switch (event.type) {
      case "message": // What is said before a tool's use is no finding.
        text = event.text;
        return;
      case "request":
        return judge(event.request);
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
