import { type Database, json, reading } from "./database.ts";
import { FORGOTTEN_AT_ONCE } from "./deliveries.ts";
import { type Place, placeOf } from "./place.ts";

/** The kind of an update, for its replay after a crash. */
export type UpdateKind =
  | "prompt"
  | "command"
  | "edit"
  | "press"
  | "stop"
  | "draft_stop"
  /** A group has become a supergroup. */
  | "move"
  | "other";

/** An update of Telegram as it lies in the journal; `payload` is Telegram's own object. */
export interface JournalUpdate {
  readonly id: number;
  readonly kind: UpdateKind;
  readonly place: Place | null;
  readonly user: number | null;
  readonly payload: unknown;
  readonly state: "new" | "held" | "done";
  readonly receivedAt: number;
}

/** How long an update's id is remembered after its end: its ids turn random after a week of silence. */
const REMEMBERED_MS = 8 * 24 * 60 * 60 * 1000;
/** Telegram keeps an update for a day: an id that is older than this belongs to another one. */
const REPEATED_MS = 2 * 24 * 60 * 60 * 1000;
/** Telegram hands out at most 100 at a time before it wants a confirmation. */
const REMEMBERED = 1_000;

const FORGET = `DELETE FROM updates WHERE seq IN (
  SELECT seq FROM updates WHERE state = 'done' AND done_at < ?
  AND seq <= (SELECT max(seq) FROM updates) - ${REMEMBERED} LIMIT ${FORGOTTEN_AT_ONCE})`;

/** The updates that Telegram delivered. */
export interface Updates {
  /** Records an update. @returns false when it was recorded before, and not so long ago. */
  record(update: Omit<JournalUpdate, "state">): boolean;
  /** Notes that an update's work is done, or that its effects are committed. */
  done(id: number, at: number): void;
  /** Marks a prompt that waits for a session to be chosen. */
  hold(id: number): void;
  /** The held prompts of a place and user, oldest first. */
  held(place: Place, user: number): JournalUpdate[];
  /** The held prompts of a place, whoever wrote them, oldest first. */
  heldIn(place: Place): JournalUpdate[];
  /** Replaces the content of a held prompt whose message was edited. */
  revise(id: number, payload: unknown): void;
  /** An update as it is now; undefined when it is not known, or not any more. */
  get(id: number): JournalUpdate | undefined;
  /** The newest update of a place that is still known. */
  latestIn(place: Place): JournalUpdate | undefined;
  /** The newest prompts that are done, oldest first. */
  latestPrompts(count: number): JournalUpdate[];
  /** The updates that were not routed yet, oldest first. */
  unrouted(): JournalUpdate[];
  /**
   * Forgets what ended so long ago that it cannot be delivered again; never the newest, which may,
   * whatever the clock says. Of a great many the rest goes with the next calls.
   */
  forget(now: number): void;
}

const fromRow = reading<JournalUpdate>()(["kind", "state", "receivedAt"], {
  id: ({ update_id }) => update_id as number,
  place: (row) => row["chat"] === null ? null : placeOf(row),
  user: ({ user_id }) => user_id as number | null,
  payload: json("payload"),
});

export function createUpdates(db: Database): Updates {
  const insert = db.change(
    `INSERT OR IGNORE INTO updates (update_id, kind, chat, thread, user_id, payload, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const outdated = db.change(
    `DELETE FROM updates WHERE update_id = ? AND state = 'done' AND received_at < ? AND payload <> ?`,
  );
  const select = (rest: string) => db.query(`SELECT * FROM updates WHERE ${rest}`, fromRow);
  const byId = select("update_id = ?");
  const held = select("state = 'held' AND chat = ? AND thread IS ? AND user_id = ? ORDER BY seq");
  const heldIn = select("state = 'held' AND chat = ? AND thread IS ? ORDER BY seq");
  const latestIn = select("chat = ? AND thread IS ? ORDER BY seq DESC LIMIT 1");
  const latestPrompts = select("state = 'done' AND kind = 'prompt' ORDER BY seq DESC LIMIT ?");
  const unrouted = select("state = 'new' ORDER BY seq");
  const revise = db.change("UPDATE updates SET payload = ? WHERE update_id = ?");
  const forget = db.change(FORGET);
  return {
    record({ id, kind, place, user, payload, receivedAt }) {
      const json = JSON.stringify(payload);
      outdated(id, receivedAt - REPEATED_MS, json);
      const { chat = null, thread = null } = place ?? {};
      return insert(id, kind, chat, thread, user, json, receivedAt) === 1;
    },
    done: db.change("UPDATE updates SET state = 'done', done_at = ?2 WHERE update_id = ?1"),
    hold: db.change("UPDATE updates SET state = 'held' WHERE update_id = ?"),
    held: ({ chat, thread = null }, user) => held.all(chat, thread, user),
    heldIn: ({ chat, thread = null }) => heldIn.all(chat, thread),
    revise: (id, payload) => void revise(JSON.stringify(payload), id),
    get: (id) => byId.first(id),
    latestIn: ({ chat, thread = null }) => latestIn.first(chat, thread),
    latestPrompts: (count) => latestPrompts.all(count).reverse(),
    unrouted: () => unrouted.all(),
    forget: (now) => void forget(now - REMEMBERED_MS),
  };
}
