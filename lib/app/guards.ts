import type { TurnEvent } from "../claude/events.ts";
import type { ClaudeProcess } from "../claude/process.ts";
import { StartError } from "../claude/failures.ts";
import type { Journal, Warnings } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import {
  gitTroubles,
  type MemoryLinks,
  memoryLinks,
  type SessionIdentity,
  type SessionManager,
  type Trust,
} from "../sessions/mod.ts";
import { cut } from "../text.ts";

const log = logger("guard");

/** Asks before every git command, however it is written (Claude Code 2.1.329, 25 spellings tried). */
const GIT = "Bash(git:*)";

/** Tools that change nothing: after them nobody need look again. */
const READERS = new Set(["Read", "Grep", "Glob", "LS", "TodoWrite", "WebFetch", "WebSearch"]);

const LINES_SHOWN = 8;
const LINE_SHOWN = 160;

/** What a session's directory holds that its process must not follow by itself. */
export interface Looked {
  /** What makes git run commands, a line each. */
  readonly git: readonly string[];
  readonly memory: MemoryLinks;
}

export interface GuardsOptions {
  readonly look: (directory: string) => Promise<Looked>;
  readonly place: (session: string) => Promise<SessionIdentity>;
  /** Lines of git's configuration that the session's person trusts. */
  readonly accepted: (session: string) => Promise<readonly string[]>;
  readonly warnings: Warnings;
  readonly tell: (session: string, event: TurnEvent) => void;
}

/** The guards of a home; `tell` passes on what they say. */
export function createGuards(
  { look, sessions }: Pick<GuardsOptions, "look"> & {
    readonly sessions: Pick<SessionManager, "identity">;
  },
  { warnings }: Pick<Journal, "warnings">,
  trust: Pick<Trust, "gitLines">,
  tell: GuardsOptions["tell"],
): Guards {
  const place = (session: string) => sessions.identity(session);
  const accepted = (session: string) => trust.gitLines(session);
  return new Guards({ look, place, accepted, warnings, tell });
}

type Guarded = Pick<
  ClaudeProcess,
  "rules" | "mode" | "alive" | "control" | "close" | "interrupt"
>;

export const lookAt = async (directory: string): Promise<Looked> => {
  const [git, memory] = await Promise.all([gitTroubles(directory), memoryLinks(directory)]);
  return { git, memory };
};

/**
 * Looks at the directories of sessions: before each prompt, and after each tool of a running turn. While
 * git's configuration there can run commands, every git command asks; memory that is a link to outside
 * is not read. Both end with their cause.
 */
export class Guards {
  /** One look at a time in each session; the next one sees what changed meanwhile. */
  readonly #looking = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  /** What processes do not read as memory: as they were started, and as it was changed since. */
  readonly #startedWith = new Map<string, string>();
  readonly #excluded = new WeakMap<Guarded, string>();
  /** What was last found to say of a session. */
  readonly #found = new Map<string, string>();

  constructor(readonly options: GuardsOptions) {}

  /** What the process of a session must not read from its first moment on. */
  async memoryExcludes(session: string): Promise<readonly string[]> {
    const { look, place } = this.options;
    const { excludes } = (await look((await place(session)).directory)).memory;
    this.#startedWith.set(session, JSON.stringify(excludes));
    return excludes;
  }

  /** Before a prompt. @throws {StartError} when what is needed is not in force. */
  async before(session: string, process: Guarded): Promise<void> {
    await this.#looking.get(session);
    if (await this.#look(session, process)) return;
    await process.close("killed");
    throw new StartError(NOT_IN_FORCE, "other");
  }

  /** In a running turn, when something may have changed there. */
  heard(session: string, process: Guarded | undefined, event: TurnEvent): void {
    const changes = event.type === "touched" || (event.type === "started" && event.reports) ||
      (event.type === "tool" && event.state !== "running" && !READERS.has(event.name));
    if (!changes || process === undefined) return;
    if (this.#looking.has(session)) return void this.#again.add(session);
    const looked = this.#whileChanging(session, process)
      .catch((error) => log.error("Cannot stop the turn of {session}: {error}", { session, error }))
      .finally(() => this.#looking.delete(session));
    this.#looking.set(session, looked);
  }

  async #whileChanging(session: string, process: Guarded): Promise<void> {
    do {
      this.#again.delete(session);
      const done = await this.#look(session, process).catch((error) => {
        log.error("Cannot look at the directory of {session}: {error}", { session, error });
        return false;
      });
      if (!done && process.alive) await process.interrupt(); // Its next prompt looks again.
    } while (this.#again.has(session));
  }

  /** @returns false when what is needed is not in force. */
  async #look(session: string, process: Guarded): Promise<boolean> {
    const { options } = this;
    const { directory, created } = await options.place(session);
    const found = await options.look(directory);
    const accepted = new Set(await options.accepted(session));
    const git = found.git.filter((line) => !accepted.has(line));
    const done = await process.rules.askFor(git.length === 0 ? [] : [GIT]) &&
      await this.#exclude(session, process, found.memory.excludes);
    const words = [...gitWords(git, process.mode), ...memoryWords(found.memory)].join("\n\n");
    this.#tell(session, created, words);
    return done;
  }

  async #exclude(
    session: string,
    process: Guarded,
    claudeMdExcludes: readonly string[],
  ): Promise<boolean> {
    const text = JSON.stringify(claudeMdExcludes);
    const now = this.#excluded.get(process) ?? this.#startedWith.get(session);
    if (now === text) return true;
    const settings = { claudeMdExcludes };
    const answer = await process.control({ subtype: "apply_flag_settings", settings });
    if (answer?.ok) this.#excluded.set(process, text);
    return answer?.ok === true;
  }

  /** Says what was found, once. What the disk does not take now is said at a later look. */
  #tell(session: string, created: string, words: string): void {
    const found = `${created}\n${words}`;
    if (this.#found.get(session) === found) return;
    const { warnings, tell } = this.options;
    try {
      if (words === "") warnings.forget(session);
      else if (warnings.isNew(session, found)) tell(session, { type: "warning", text: words });
      this.#found.set(session, found);
    } catch (error) {
      log.error("Cannot note what was found in {session}: {error}", { session, error });
    }
  }
}

const NOT_IN_FORCE =
  "Claude Code did not take the rules that this session's directory needs, so it was ended, and nothing was sent. “Try again” starts it again.";

function gitWords(lines: readonly string[], mode: string | null): string[] {
  if (lines.length === 0) return [];
  const asks = mode === "dontAsk"
    ? "In the mode dontAsk every git command is denied, without asking, until they are gone or trusted (/trust)."
    : "Every git command asks you first, until they are gone or trusted (/trust).";
  return [
    `⚠️ git would obey these lines of this directory, and run what they name. ${asks}`,
    listed(lines),
  ];
}

function memoryWords({ links, tooLarge }: MemoryLinks): string[] {
  const large =
    "⚠️ This directory is too large to look through: CLAUDE.md is read in its top folder only.";
  return [
    ...(links.length === 0 ? [] : [
      "⚠️ Not read as memory, since it leads out of this directory:",
      listed(links),
    ]),
    ...(tooLarge ? [large] : []),
  ];
}

/** Lines of others, as code: a fence longer than any in them. */
function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, LINES_SHOWN).map((line) => cut(line, LINE_SHOWN));
  const more = lines.length > LINES_SHOWN ? [`… and ${lines.length - LINES_SHOWN} more`] : [];
  const text = [...shown, ...more].join("\n");
  const ticks = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1;
  const fence = "`".repeat(ticks);
  return `${fence}\n${text}\n${fence}`;
}
