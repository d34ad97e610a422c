import type { TurnEvent } from "../claude/events.ts";
import type { NewDelivery } from "../journal/mod.ts";
import { literal } from "../text.ts";
import { logger } from "../log/mod.ts";
import { Commits } from "./commits.ts";
import type { ConversationOptions } from "./options.ts";
import type { Notice, Turn } from "./turn.ts";

const log = logger("conversation");

/** Says that deliveries for a chat were committed. They are, whatever becomes of these words. */
export function announce({ presenter }: ConversationOptions, chat: number): void {
  try {
    presenter.delivered(chat);
  } catch (error) {
    log.error("Cannot announce what was committed for {chat}: {error}", { chat, error });
  }
}

/** Commits deliveries for one chat, all or none, and announces them. */
export function deliver(options: ConversationOptions, deliveries: readonly NewDelivery[]): void {
  const { journal, clock } = options;
  journal.transaction(() => journal.deliveries.add(deliveries, clock.now()));
  for (const { chat } of deliveries.slice(0, 1)) announce(options, chat);
}

/** Delivers what is told beside a turn, which goes on where that fails. @returns whether it was told. */
function deliverBeside(
  options: ConversationOptions,
  { session }: Turn,
  deliveries: readonly NewDelivery[],
): boolean {
  try {
    deliver(options, deliveries);
    return true;
  } catch (error) {
    log.error("Cannot tell {session}: {error}", { session, error });
    return false;
  }
}

/**
 * Tells something in a turn's place, as an answer to what began it unless it is about something else.
 * @returns whether it was told.
 */
export function tell(
  options: ConversationOptions,
  turn: Turn,
  notice: Pick<Notice, "text"> & Partial<Notice>,
): boolean {
  const { place, replyTo } = turn;
  return deliverBeside(options, turn, [options.compose.notice({ place, replyTo, ...notice })]);
}

/** Tells what a turn does on its way, where its session is to show everything. */
export function tellStep(options: ConversationOptions, turn: Turn, event: TurnEvent): void {
  if (event.type !== "tool" && event.type !== "thought") return;
  if (event.type === "tool" && event.state === "running") return; // Told with its output.
  if (options.output(turn.session) !== "verbose") return;
  deliverBeside(options, turn, options.compose.stepMessages(turn, event));
}

/** Tells of a process that says nothing in a turn, with a button to end it. @returns whether it was told. */
export function tellSilence(options: ConversationOptions, turn: Turn, ms: number): boolean {
  const minutes = Math.round(ms / 60_000);
  const text =
    `🕯 Claude Code has said nothing in **${turn.session}** for ${minutes} min. It may hang, or work on something long. If you end its process, your next message resumes the conversation.`;
  return tell(options, turn, { text, choice: { kind: "silent", turn: turn.id } });
}

type Lost = Extract<TurnEvent, { type: "unsaved" }>;
type Servers = Extract<TurnEvent, { type: "servers" }>;

/** As the CLI says it on stderr, where it ends with an error and says it nowhere else (2.1.332). */
const LAST_WORDS =
  /Claude Code could not save ([^\n]{1,500}?) because (the disk is full|your disk)/;

/**
 * Notices of processes beside their turns: what one could not save, as it ends, and which of its MCP
 * servers failed. They are told where the session was last spoken to, and later if our own disk is full.
 */
export class ProcessNotices {
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
    const before = this.#servers.get(session);
    const which = JSON.stringify(servers);
    if (which === before) return;
    this.#servers.set(session, which);
    if (servers.failed.length > 0) this.#tell(session, serverWords(session, servers));
    else if (before !== undefined) {
      this.#tell(session, `🔌 All MCP servers of **${session}** work again.`);
    }
  }

  /** Sets no timer any more. */
  close(): void {
    this.#commits.close();
  }

  #tell(session: string, text: string): void {
    const { journal, compose } = this.options;
    this.#commits.add(() => {
      const last = journal.jobs.latest(session);
      if (last === undefined) return;
      deliver(this.options, [compose.notice({ place: last.place, replyTo: null, text })]);
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
