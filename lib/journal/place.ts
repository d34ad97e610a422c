/** A chat, or a topic in it. */
export interface Place {
  readonly chat: number;
  readonly thread?: number;
}

/** The place that a row's columns name. */
export const placeOf = (row: { chat: number; thread: number | null }): Place =>
  row.thread === null ? { chat: row.chat } : { chat: row.chat, thread: row.thread };

/** A place as a key. */
export const placeKey = ({ chat, thread }: Place): string =>
  thread === undefined ? `${chat}` : `${chat}:${thread}`;
