import type { TurnEvent } from "../claude/events.ts";
import { literal } from "../text.ts";
import { announce } from "./notices.ts";
import { Commits } from "./commits.ts";
import type { ConversationOptions } from "./options.ts";

type Lost = Extract<TurnEvent, { type: "unsaved" }>;
type Servers = Extract<TurnEvent, { type: "servers" }>;

/** As the CLI says it on stderr, where it ends with an error and says it nowhere else (2.1.332). */
const LAST_WORDS =
  /Claude Code could not save ([^\n]{1,500}?) because (the disk is full|your disk)/;

/**
 * What a process says beside its turns: what it could not save, as it ends, and which of its MCP
 * servers failed. It is told where the session was last spoken to, and later if our own disk is full.
 */
export class Announcements {
  readonly #commits: Commits;
  /** The sessions of which the process that ends has said what it could not save. */
  readonly #unsaved = new Set<string>();
  /** The servers that were told of last, by session: a new process says the same again. */
  readonly #servers = new Map<string, string>();

  constructor(readonly options: ConversationOptions) {
    this.#commits = new Commits(options.clock, () => {});
  }

  heard(session: string, event: TurnEvent): void {
    if (event.type === "servers") this.#failed(session, event);
    if (event.type === "unsaved") {
      this.#unsaved.add(session);
      this.#tell(session, unsavedWords(session, event));
    }
    if (event.type === "exited" && !this.#unsaved.delete(session)) {
      const lost = lostIn(event.stderrTail);
      if (lost !== null) this.#tell(session, unsavedWords(session, lost));
    }
  }

  #failed(session: string, servers: Servers): void {
    const which = JSON.stringify(servers);
    if (which === this.#servers.get(session)) return;
    const before = this.#servers.get(session);
    this.#servers.set(session, which);
    if (servers.failed.length > 0) this.#tell(session, serverWords(session, servers));
    else if (before !== undefined && before !== which) {
      this.#tell(session, `🔌 All MCP servers of **${session}** work again.`);
    }
  }

  /** Sets no timer any more. */
  close(): void {
    this.#commits.close();
  }

  #tell(session: string, words: string): void {
    const { journal, clock, compose } = this.options;
    this.#commits.add({
      whole: () => {
        const last = journal.jobs.latest(session);
        if (last === undefined) return;
        journal.deliveries.add([compose.notice(last.place, words, null)], clock.now());
        announce(this.options, last.place.chat);
      },
    });
  }
}

/** Names and reasons come from others. */
function serverWords(session: string, { failed, more }: Servers): string {
  const rows = failed.map(({ name, reason }) => {
    const why = reason === "" ? "it does not say why" : literal(reason).replace(/\.$/, "");
    return `**${literal(name)}**: ${why}`;
  });
  const rest = more > 0 ? [`… and ${more} more`] : [];
  const what = failed.length + more === 1 ? "An MCP server does" : "MCP servers do";
  return [
    `🔌 ${what} not work in **${session}**; Claude has to do without.`,
    ...rows,
    ...rest,
  ].join("\n\n");
}

function lostIn(stderr: string): Lost | null {
  const [, what, why] = LAST_WORDS.exec(stderr) ?? [];
  if (what === undefined) return null;
  return {
    type: "unsaved",
    what: what.includes("transcript") ? "conversation" : "settings",
    why: why === "your disk" ? "quota" : "full",
  };
}

function unsavedWords(session: string, { what, why }: Lost): string {
  const cause = why === "quota" ? "The disk quota is used up" : "The disk is full";
  return what === "settings"
    ? `⚠️ ${cause}: Claude Code could not save its own settings. Free up space on its disk.`
    : `⚠️ ${cause}: Claude Code could not save the last part of the conversation in **${session}**. What is said here stays; your next message goes on without that part. Free up space first.`;
}
