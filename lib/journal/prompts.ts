import type { DatabaseSync } from "node:sqlite";

/** A permission prompt in the chat. */
export interface OpenPrompt {
  readonly id: number;
  readonly requestId: string;
  readonly session: string;
  readonly chat: number;
  /** The only one who may answer: who asked the question that led to it. */
  readonly user: number;
  readonly summary: string;
  readonly open: boolean;
  /** How it ended, in a word; null while it is open. */
  readonly outcome: string | null;
  /** The message that shows it; null until Telegram confirmed it. */
  readonly messageId: number | null;
}

export interface Prompts {
  add(
    prompt: Pick<OpenPrompt, "requestId" | "session" | "chat" | "user" | "summary">,
    at: number,
  ): number;
  /** The delivery that shows it. */
  shownBy(id: number, delivery: number): void;
  get(id: number): OpenPrompt | undefined;
  ofRequest(requestId: string): OpenPrompt | undefined;
  open(): OpenPrompt[];
  /** Ends a prompt. @returns false when it had ended before: there is one answer. */
  close(id: number, outcome: string): boolean;
}

interface Row {
  id: number;
  request_id: string;
  session: string;
  chat: number;
  user_id: number;
  summary: string;
  state: string;
  outcome: string | null;
  message_id: number | null;
}

const fromRow = (row: Row): OpenPrompt => ({
  id: row.id,
  requestId: row.request_id,
  session: row.session,
  chat: row.chat,
  user: row.user_id,
  summary: row.summary,
  open: row.state === "open",
  outcome: row.outcome,
  messageId: row.message_id,
});

export function createPrompts(db: DatabaseSync): Prompts {
  const insert = db.prepare(
    `INSERT INTO prompts (request_id, session, chat, user_id, summary, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const select = (where: string) =>
    db.prepare(
      `SELECT prompts.*, deliveries.message_id FROM prompts
       LEFT JOIN deliveries ON deliveries.id = prompts.delivery WHERE ${where}`,
    );
  const byId = select("prompts.id = ?");
  const byRequest = select("prompts.request_id = ? ORDER BY prompts.id DESC LIMIT 1");
  const open = select("prompts.state = 'open' ORDER BY prompts.id");
  const shown = db.prepare("UPDATE prompts SET delivery = ? WHERE id = ?");
  const close = db.prepare(
    "UPDATE prompts SET state = 'closed', outcome = ? WHERE id = ? AND state = 'open'",
  );
  const first = (row: unknown) => row === undefined ? undefined : fromRow(row as Row);
  return {
    add: ({ requestId, session, chat, user, summary }, at) =>
      Number(insert.run(requestId, session, chat, user, summary, at).lastInsertRowid),
    shownBy: (id, delivery) => void shown.run(delivery, id),
    get: (id) => first(byId.get(id)),
    ofRequest: (requestId) => first(byRequest.get(requestId)),
    open: () => (open.all() as unknown as Row[]).map(fromRow),
    close: (id, outcome) => close.run(outcome, id).changes === 1,
  };
}
