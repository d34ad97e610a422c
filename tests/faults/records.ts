/** The stand-ins' own records as evidence. */
import { DatabaseSync } from "node:sqlite";
import { basename, join } from "@std/path";
import type { Attempt, CliGiven, CliPrompt, CliTurn } from "../checker/evidence.ts";
import type { Call } from "../sim/bot_api/mod.ts";

/** A call this close to the program's death may have been heard of or not. */
const DYING_MS = 300;

const KINDS: readonly (readonly [RegExp, Attempt["kind"]])[] = [
  [/^send(Message|Document)$/i, "send"],
  [/^editMessageText$/i, "edit"],
  [/^deleteMessage$/i, "delete"],
];

/** The calls that make, change or delete messages; `deaths` are the times at which the program ended. */
export function attemptsOf(calls: readonly Call[], deaths: readonly number[]): Attempt[] {
  return calls.flatMap((call) => {
    const kind = KINDS.find(([method]) => method.test(call.method))?.[1];
    return kind === undefined ? [] : [attemptOf(call, kind, deaths)];
  });
}

function attemptOf(call: Call, kind: Attempt["kind"], deaths: readonly number[]): Attempt {
  const { payload, at, executed } = call;
  const made = Object(call.result)["message_id"];
  const { inline_keyboard: rows = [] } = Object(payload["reply_markup"]) as {
    inline_keyboard?: { text: string }[][];
  };
  return {
    ...{ at, kind, executed },
    chat: Number(payload["chat_id"]),
    text: String(payload["text"] ?? payload["caption"] ?? ""),
    replyTo: Object(payload["reply_parameters"])["message_id"] ?? null,
    silent: payload["disable_notification"] === true || payload["disable_notification"] === "true",
    buttons: rows.flat().map(({ text }) => text),
    messageId: kind === "send" ? made ?? null : Number(payload["message_id"]),
    known: knownOf(call, deaths),
  };
}

function knownOf({ at, ended, status, outcome }: Call, deaths: readonly number[]) {
  if (status !== null && (status >= 500 || (status === 200 && outcome === "error"))) return "no";
  const dying = deaths.some((death) =>
    at <= death + DYING_MS && (ended ?? Infinity) >= death - DYING_MS
  );
  if (dying) return "maybe";
  return status === null ? "no" : "yes";
}

/** A line of the record of the stand-in `claude`. */
export type CliEvent = Readonly<Record<string, unknown>>;

/** What the CLI read and what it answered. */
export function cliOf(
  events: readonly CliEvent[],
  sessions = new Map<unknown, string>(),
): { prompts: CliPrompt[]; given: CliGiven[]; turns: CliTurn[] } {
  const running = new Map<unknown, { uuids: string[]; texts: string[]; end: CliTurn["end"] }>();
  const prompts: CliPrompt[] = [];
  const given: CliGiven[] = [];
  const turns: CliTurn[] = [];
  for (const { pid, event, ...fields } of events) {
    switch (event) {
      case "start":
        sessions.set(pid, basename(String(fields["cwd"])));
        break;
      case "user":
        prompts.push({
          uuid: String(fields["uuid"]),
          text: String(fields["text"]),
          session: sessions.get(pid) ?? "",
        });
        break;
      case "given":
        given.push({
          text: String(fields["text"]),
          session: sessions.get(pid) ?? "",
          yes: fields["yes"] === true,
          at: Number(fields["at"]),
        });
        break;
      case "turn": {
        const turn = { uuids: fields["uuids"] as string[], texts: [], end: "cut" as const };
        running.set(pid, turn);
        turns.push(turn);
        break;
      }
      case "say":
        running.get(pid)?.texts.push(String(fields["text"]));
        break;
      case "turn_end": {
        const turn = running.get(pid);
        if (turn === undefined) break;
        turn.uuids = fields["uuids"] as string[];
        const whole = fields["subtype"] === "success" && fields["terminalReason"] === "completed";
        turn.end = whole ? "answered" : "cut";
      }
    }
  }
  return { prompts, given, turns };
}

/** Reads what the CLI was told, prompts and answers, from the record of a home, each time only what is new. */
export class GivenRecord {
  readonly given: CliGiven[] = [];
  readonly prompts: CliPrompt[] = [];
  readonly #sessions = new Map<unknown, string>();
  #read = 0;

  constructor(readonly path: string) {}

  async look(): Promise<Pick<GivenRecord, "given" | "prompts">> {
    const text = await Deno.readTextFile(this.path).catch(() => "");
    const end = text.lastIndexOf("\n") + 1; // The last line may be half written.
    const lines = text.slice(this.#read, end).split("\n").filter((line) => line !== "");
    this.#read = end;
    const { given, prompts } = cliOf(lines.map((line) => JSON.parse(line)), this.#sessions);
    this.given.push(...given);
    this.prompts.push(...prompts);
    return this;
  }
}

const OPEN = {
  job: "SELECT id, state, text FROM jobs WHERE state <> 'done'",
  delivery: "SELECT id, state, payload FROM deliveries WHERE state IN ('waiting', 'sending')",
  update: "SELECT update_id, state FROM updates WHERE state <> 'done'",
  request: "SELECT id, request_id FROM prompts WHERE state = 'open'",
};

/** The rows of a home's journal that have no end. */
export function openRows(home: string): string[] {
  using db = new DatabaseSync(join(home, "state/journal.db"), { readOnly: true });
  return Object.entries(OPEN).flatMap(([what, query]) =>
    db.prepare(query).all().map((row) => `${what} ${JSON.stringify(row).slice(0, 200)}`)
  );
}

/** What SQLite says of a home's journal. */
export function integrityOf(home: string): string {
  using db = new DatabaseSync(join(home, "state/journal.db"), { readOnly: true });
  const rows = db.prepare("PRAGMA integrity_check").all() as { integrity_check: string }[];
  return rows.map(({ integrity_check }) => integrity_check).join("; ");
}
