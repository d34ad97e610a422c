import { type Database, json, reading } from "./database.ts";

/** The order of what waits for one chat: the lowest goes first. */
export const PRIORITY = {
  ahead: -1,
  answer: 0,
  request: 1,
  remove: 2,
  edit: 3,
  stepMessage: 3,
  draft: 4,
} as const;

/** A call to Telegram that must arrive. */
export interface Delivery {
  readonly id: number;
  readonly chat: number;
  readonly priority: number;
  readonly subject: string | null;
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** How often its outcome was unknown: more than never marks it as repeated. */
  readonly repeats: number;
  readonly messageId: number | null;
  readonly createdAt: number;
}

export interface NewDelivery {
  readonly chat: number;
  readonly priority: number;
  readonly subject?: string;
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Deliveries {
  /** Puts deliveries at the end of their chats' queues, in this order. @returns their ids. */
  add(deliveries: readonly NewDelivery[], at: number): number[];
  /** The next delivery to a chat that does not belong to one of `held`, as {@linkcode belongingOf} says. */
  next(chat: number, held?: readonly string[]): Delivery | undefined;
  /** How many are still to be sent. */
  waitingCount(): number;
  /** The chats that something waits for, or that have to be told of a silence. */
  chats(): number[];
  /** Commit this before each attempt. */
  sending(id: number): void;
  /** Lets a delivery wait again whose attempt certainly had no effect. */
  waiting(id: number): void;
  /** Lets a delivery wait again, as a repeat, whose attempt has an unknown outcome. */
  unknown(id: number): void;
  /** Notes that Telegram took a delivery; `messageId` where it made a message. */
  sent(id: number, messageId: number | null, at: number): void;
  /** Notes that Telegram will never take a delivery. */
  failed(id: number, error: string, at: number): void;
  /** Replaces the form of a delivery that Telegram refused. */
  replace(id: number, payload: Readonly<Record<string, unknown>>): void;
  /** Replaces the content of a delivery that still waits; it is no repeat of what may have arrived before. */
  reword(id: number, payload: Readonly<Record<string, unknown>>): void;
  /** Lets wait again, after a start, what was cut off with an unknown outcome. @returns how many. */
  settle(): number;
  get(id: number): Delivery | undefined;
  /** True when a document of a subject is still on its way to a chat. One that failed stands there as text. */
  awaitsDocument(chat: number, subject: string): boolean;
  /** Notes that Telegram wants no calls for a chat for so long. */
  silence(chat: number, ms: number, now: number): void;
  /** How long Telegram still wants no calls for this chat; never longer than it said. */
  silentFor(chat: number, now: number): number;
  /** How long it wanted none, all in all, since it last took one; undefined when it did not. */
  silenced(chat: number): number | undefined;
  /** Ends the silences of a chat for which Telegram has taken a call. */
  spoken(chat: number): void;
  /** Answers that failed since then as the chat was closed to the bot wait again. @returns how many. */
  reopen(chat: number, since: number): number;
  /** Forgets what ended before then; of a great many the rest goes with the next calls. */
  forget(before: number): void;
}

/** The key of deliveries that keep their order: the pieces of an answer, or one delivery alone. */
export const belongingOf = ({ id, subject }: Delivery): string => subject ?? `delivery ${id}`;

const fromRow = reading<Delivery>()(
  ["id", "chat", "priority", "subject", "method", "repeats", "messageId", "createdAt"],
  { payload: json("payload") },
);

/** A picture that was sent is in the chat: here it would only take up room for a month. */
const SENT = `state = 'sent', message_id = ?2, sent_at = ?3,
   payload = CASE method WHEN 'sendPhoto' THEN json_remove(payload, '$.photo') ELSE payload END`;

/** Some 50 ms of work: while it is done, nothing else is. */
export const FORGOTTEN_AT_ONCE = 5_000;

const FORGET = `DELETE FROM deliveries WHERE id IN (
   SELECT id FROM deliveries WHERE state IN ('sent', 'failed') AND sent_at < ?
   AND id NOT IN (SELECT delivery FROM prompts WHERE delivery IS NOT NULL
                  UNION SELECT note FROM prompts WHERE note IS NOT NULL)
   LIMIT ${FORGOTTEN_AT_ONCE})`;

/** The rest of a silence. A clock that was set back, or was ahead, makes it no longer. */
const SILENT = `SELECT min(until - ?, until - since) AS ms FROM silences WHERE chat = ?`;

const SILENCE = `INSERT INTO silences (chat, since, until, waited) VALUES (?, ?, ?, ?)
  ON CONFLICT (chat) DO UPDATE SET since = excluded.since, until = excluded.until,
    waited = waited + excluded.waited`;

const REOPEN = `UPDATE deliveries SET state = 'waiting', error = NULL, sent_at = NULL
  WHERE chat = ? AND state = 'failed' AND sent_at >= ? AND error LIKE '403 %'
  AND priority = ${PRIORITY.answer}`;

const CHATS = `SELECT chat FROM deliveries WHERE state IN ('waiting', 'sending')
  UNION SELECT chat FROM silences`;

const NEXT = `SELECT * FROM deliveries WHERE chat = ? AND state IN ('waiting', 'sending')
  AND coalesce(subject, 'delivery ' || id) NOT IN (SELECT value FROM json_each(?))
  ORDER BY priority, id LIMIT 1`;

const COUNT = "SELECT count(*) AS count FROM deliveries WHERE state IN ('waiting', 'sending')";

/** How long Telegram wants to hear nothing, by the chat. */
function createSilences(
  db: Database,
): Pick<Deliveries, "silence" | "silentFor" | "silenced" | "spoken"> {
  const silence = db.change(SILENCE);
  const silent = db.query<{ ms: number }>(SILENT);
  const silenced = db.query<{ waited: number }>("SELECT waited FROM silences WHERE chat = ?");
  return {
    silence: (chat, ms, now) => void silence(chat, now, now + ms, ms),
    silentFor: (chat, now) => Math.max(0, silent.first(now, chat)?.ms ?? 0),
    silenced: (chat) => silenced.first(chat)?.waited,
    spoken: db.change("DELETE FROM silences WHERE chat = ?"),
  };
}

export function createDeliveries(db: Database): Deliveries {
  const lacking = db.query(
    `SELECT 1 FROM deliveries WHERE chat = ? AND subject = ? AND method = 'sendDocument'
     AND state IN ('waiting', 'sending') LIMIT 1`,
  );
  const insert = db.insert(
    `INSERT INTO deliveries (chat, priority, subject, piece, method, payload, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const next = db.query(NEXT, fromRow);
  const byId = db.query("SELECT * FROM deliveries WHERE id = ?", fromRow);
  const chats = db.query(CHATS, ({ chat }: { chat: number }) => chat);
  const count = db.query<{ count: number }>(COUNT);
  const set = (assignment: string) =>
    db.change(`UPDATE deliveries SET ${assignment} WHERE id = ?1`);
  const replace = set("state = 'waiting', payload = ?2");
  const reword = db.change(
    "UPDATE deliveries SET payload = ?, repeats = 0 WHERE id = ? AND state = 'waiting'",
  );
  const settle = db.change(
    "UPDATE deliveries SET state = 'waiting', repeats = repeats + 1 WHERE state = 'sending'",
  );
  return {
    add: (deliveries, at) =>
      deliveries.map(({ chat, priority, subject = null, method, payload }, piece) =>
        insert(chat, priority, subject, piece, method, JSON.stringify(payload), at)
      ),
    next: (chat, held = []) => next.first(chat, JSON.stringify(held)),
    waitingCount: () => count.first()?.count ?? 0,
    chats: () => chats.all(),
    sending: set("state = 'sending'"),
    waiting: set("state = 'waiting'"),
    unknown: set("state = 'waiting', repeats = repeats + 1"),
    sent: set(SENT),
    failed: set("state = 'failed', error = ?2, sent_at = ?3"),
    replace: (id, payload) => void replace(id, JSON.stringify(payload)),
    reword: (id, payload) => void reword(JSON.stringify(payload), id),
    settle: () => settle(),
    get: (id) => byId.first(id),
    awaitsDocument: (chat, subject) => lacking.first(chat, subject) !== undefined,
    reopen: db.change(REOPEN),
    forget: db.change(FORGET),
    ...createSilences(db),
  };
}
