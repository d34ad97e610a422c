import { type Database, flag, json, reading, type Row, userOf } from "./database.ts";
import { type Place, placeOf } from "./place.ts";

/** Something that Claude asked, as it stands in the chat. */
export interface OpenRequest {
  readonly id: number;
  readonly requestId: string;
  readonly session: string;
  readonly place: Place;
  /** The only one who may answer: who asked the question that led to it. */
  readonly user: number;
  readonly summary: string;
  /** The request, as it was added. */
  readonly request: unknown;
  /** The choices so far; null before the first. */
  readonly progress: unknown;
  /** True while the user's next message in the place belongs to it. */
  readonly awaits: boolean;
  readonly isOpen: boolean;
  /** The way it ended, in a word; null while it is open. */
  readonly outcome: string | null;
  /** The delivery that shows it; null until there is one. */
  readonly delivery: number | null;
  /** The message that shows it; null until Telegram confirmed it. */
  readonly messageId: number | null;
  /** True when an older message may show it too: a sending of unknown outcome was repeated. */
  readonly repeated: boolean;
  /** The message that invites to write; null when there is none. */
  readonly noteId: number | null;
  /** The words about its end that its message still lacks; null while it is open, and when it has them. */
  readonly closedWords: string | null;
  /** The user's messages that answer it, as long as Claude may not have them. */
  readonly replyIds: readonly number[];
}

export type NewRequest = Pick<
  OpenRequest,
  "requestId" | "session" | "place" | "user" | "summary" | "request"
>;

export interface Requests {
  add(request: NewRequest, at: number): number;
  /** Notes the delivery that shows a request. */
  shownBy(id: number, delivery: number): void;
  get(id: number): OpenRequest | undefined;
  ofRequest(requestId: string): OpenRequest | undefined;
  open(): OpenRequest[];
  /** The open request that a message is of: its own, its document, its invitation to write. */
  shownAs(chat: number, messageId: number): OpenRequest | undefined;
  /** The open request that the next message of this user in this place belongs to. */
  awaiting(place: Place, user: number): OpenRequest | undefined;
  /** Gives the user's next message to this request; the delivery `note` invites to write it. */
  await(id: number, note: number): void;
  /** Waits for no message any more. */
  unawait(id: number): void;
  /** Notes the choices so far. */
  choose(id: number, progress: unknown): void;
  /**
   * Ends a request, with what its message is to say of that.
   * @returns false when it had ended before: there is one answer.
   */
  close(id: number, outcome: string, words: string): boolean;
  /** Further messages of the user's answer it: Claude is given their words, and may not have them yet. */
  repliedBy(id: number, messageIds: readonly number[]): void;
  /** Notes that the user was told that Claude may not have these messages. */
  repliesTold(id: number): void;
  /** @returns whether a message of a user's was the answer to a request. */
  answeredBy(chat: number, user: number, messageId: number): boolean;
  /** Those of a session with answers that Claude may not have. */
  replied(session: string): OpenRequest[];
  /** Notes that a request's message says how it ended, or that there is none. */
  folded(id: number): void;
  /** The delivery that shows it and still waits, as that of a repeat does; none when it was sent. */
  unsent(id: number): number | undefined;
  /** Those that have ended, and their message does not say so yet. */
  unfolded(): OpenRequest[];
}

/**
 * The messages that answer a request, as long as Claude may not have them: `reply` is the last of them.
 * `answered_by` has all, for good; an earlier version noted the last one alone.
 */
const replyIdsOf = (row: Row): number[] =>
  row["reply"] === null ? [] : json("answered_by")(row) ?? [row["reply"]];

const fromRow = reading<OpenRequest>()(
  [
    ...["id", "requestId", "session", "summary", "outcome", "delivery", "messageId"] as const,
    ...["noteId", "closedWords"] as const,
  ],
  {
    ...{ place: placeOf, user: userOf, request: json("ask"), progress: json("progress") },
    awaits: flag("awaits"),
    isOpen: ({ state }) => state === "open",
    repeated: ({ repeats }) => Number(repeats) > 0,
    replyIds: replyIdsOf,
  },
);

const selector = (db: Database) => (where: string) =>
  db.query(
    `SELECT prompts.*, shown.message_id, shown.repeats, noted.message_id AS note_id FROM prompts
     LEFT JOIN deliveries AS shown ON shown.id = prompts.delivery
     LEFT JOIN deliveries AS noted ON noted.id = prompts.note WHERE ${where}`,
    fromRow,
  );

/** The ends of requests, and what makes them seen. */
function createEnds(
  db: Database,
): Pick<Requests, "close" | "repliesTold" | "replied" | "folded" | "unfolded" | "unsent"> {
  const select = selector(db);
  const close = db.change(
    `UPDATE prompts SET state = 'closed', outcome = ?, closed_words = ?
     WHERE id = ? AND state = 'open'`,
  );
  const replied = select("prompts.session = ? AND prompts.reply IS NOT NULL ORDER BY prompts.id");
  const unsent = db.query<{ id: number }>(
    `SELECT deliveries.id FROM prompts JOIN deliveries ON deliveries.id = prompts.delivery
     WHERE prompts.id = ? AND deliveries.state = 'waiting' AND method = 'sendMessage'`,
  );
  const unfolded = select("prompts.closed_words IS NOT NULL ORDER BY prompts.id");
  return {
    close: (id, outcome, words) => close(outcome, words, id) === 1,
    repliesTold: db.change("UPDATE prompts SET reply = NULL WHERE id = ?"),
    replied: (session) => replied.all(session),
    folded: db.change("UPDATE prompts SET closed_words = NULL, reply = NULL WHERE id = ?"),
    unsent: (id) => unsent.first(id)?.id,
    unfolded: () => unfolded.all(),
  };
}

export function createRequests(db: Database): Requests {
  const insert = db.insert(
    `INSERT INTO prompts (request_id, session, chat, thread, user_id, summary, ask, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = selector(db);
  const byId = select("prompts.id = ?");
  const byRequest = select("prompts.request_id = ? ORDER BY prompts.id DESC LIMIT 1");
  const open = select("prompts.state = 'open' ORDER BY prompts.id");
  // The subject of all that belongs to a request is the CLI's id of it: of a long one's document too.
  const byMessage = select(
    `prompts.state = 'open' AND prompts.chat = ?1
     AND (?2 IN (shown.message_id, noted.message_id) OR EXISTS (
       SELECT 1 FROM deliveries AS part
       WHERE part.chat = ?1 AND part.message_id = ?2 AND part.subject = prompts.request_id))`,
  );
  const awaiting = select(
    `prompts.state = 'open' AND prompts.awaits = 1
     AND prompts.chat = ? AND prompts.thread IS ? AND prompts.user_id = ?`,
  );
  const choose = db.change("UPDATE prompts SET progress = ? WHERE id = ?");
  const repliedBy = db.change(
    `UPDATE prompts SET reply = ?2,
     answered_by = json_insert(coalesce(answered_by, '[]'), '$[#]', ?2) WHERE id = ?1`,
  );
  const answeredBy = db.query(
    `SELECT 1 FROM prompts WHERE chat = ? AND user_id = ? AND answered_by IS NOT NULL
     AND EXISTS (SELECT 1 FROM json_each(answered_by) WHERE value = ?) LIMIT 1`,
  );
  return {
    add({ requestId, session, place: { chat, thread = null }, user, summary, request }, at) {
      return insert(requestId, session, chat, thread, user, summary, JSON.stringify(request), at);
    },
    shownBy: db.change("UPDATE prompts SET delivery = ?2 WHERE id = ?1"),
    get: (id) => byId.first(id),
    ofRequest: (requestId) => byRequest.first(requestId),
    open: () => open.all(),
    shownAs: (chat, messageId) => byMessage.first(chat, messageId),
    awaiting: ({ chat, thread = null }, user) => awaiting.first(chat, thread, user),
    await: db.change("UPDATE prompts SET awaits = 1, note = ?2 WHERE id = ?1"),
    unawait: db.change("UPDATE prompts SET awaits = 0 WHERE id = ?"),
    repliedBy: (id, messageIds) => messageIds.forEach((messageId) => repliedBy(id, messageId)),
    answeredBy: (chat, user, messageId) => answeredBy.first(chat, user, messageId) !== undefined,
    choose: (id, progress) => void choose(JSON.stringify(progress), id),
    ...createEnds(db),
  };
}
