import type { CallbackQuery, InlineKeyboardButton } from "grammy/types";
import { type ProbeName, PROBES } from "../homelab/mod.ts";

/**
 * Every button, by its name, as its data goes to Telegram. The part of a name before the dot is the
 * feature that serves it; what stands in braces is one of {@linkcode FIELDS}. Buttons stay in chats for
 * years: a line may be added, and a removed one answers as a button that is not in use any more, but
 * letters never change their meaning.
 */
export const BUTTONS = {
  "session.switch": "s:{session}",
  "session.make-default": "d",
  /** `made` is when the session was made: a later one of its name is another. */
  "archive.make": "z:{session}:{made}",
  "archive.keep": "k:{session}",
  "archive.restore": "r:{archive}",

  "turn.stop": "x:{turn}",
  "turn.again": "a:{job}",
  "turn.continue": "c:{job}",
  /** What a message offers about a job is declined: its buttons go. */
  "turn.dismiss": "m:{job}",
  /** The prompt in a new conversation. */
  "lifecycle.afresh": "l:f{job}",
  /** What crashes hold back goes on at once. */
  "lifecycle.try": "l:t{job}",
  /** Ends the process under a turn. */
  "lifecycle.end": "l:e{turn}",

  "request.allow": "p:{request}:y",
  "request.deny": "p:{request}:n",
  "request.why": "p:{request}:w",
  /** Once this allowed for the session at once. Such a button asks first now, too. */
  "request.consider": "p:{request}:s",
  "request.grant": "p:{request}:f",
  "request.unconsider": "p:{request}:u",
  "request.start": "p:{request}:g",
  "request.start-edits": "p:{request}:e",
  "request.revise": "p:{request}:k",
  /** A choice names its question, so that a second tap does not answer the next one. */
  "request.pick": "p:{request}:o{question}.{option}",
  "request.done": "p:{request}:d{question}",
  "request.back": "p:{request}:b{question}",
  "request.skip": "p:{request}:p{question}",
  "request.write": "p:{request}:t",
  "request.decline": "p:{request}:x",
  "request.dismiss": "p:{request}:c",
  "grant.end": "g:e{grant}",

  "queue.cancel": "q:c{job}",
  "queue.now": "q:n{job}",
  /** A message that was edited after it had run. */
  "queue.rerun": "q:e{job}",
  /** What was written is no answer: it waits for the end of the turn. */
  "queue.later": "q:l{job}",
  /** What was written belongs to a request: it is said to it, or it is allowed or denied. */
  "queue.say": "q:w{job}.{request}",
  "queue.yes": "q:y{job}.{request}",
  "queue.no": "q:o{job}.{request}",
  /** Stops a turn and drops what waits, up to the job `last`. */
  "queue.stop": "q:s{last}.{turn}",
  /** What the stop of this update holds back. */
  "queue.release": "q:r{stop}",
  "queue.drop": "q:d{stop}",
  "budget.run": "v:r:{job}",
  "budget.drop": "v:n:{job}",

  "setting.choose": "v:{setting}:{sessionKey}:{user}:{value}",
  /** The same, the warning read. */
  "setting.confirm": "v:{setting}!:{sessionKey}:{user}:{value}",
  /** The warning was read, and heeded. */
  "setting.leave-mode": "v:l:{user}",
  "task.stop": "v:k:{sessionKey}:{user}:{task}",
  "offer.use": "e:u{offer}",
  "offer.keep": "e:k{offer}",
  "trust.use": "u:u{offer}",
  "trust.more": "u:m{offer}",
  "trust.ignore": "u:i{offer}",
  "trust.show": "u:s{offer}",

  /** `only`: what the report was narrowed to; empty for all of it. */
  "report.refresh": "h:r{probe}{only}",
  "report.ask": "h:a{probe}",
  "alert.ask": "t:a{alert}",
  "alert.hour": "t:h{alert}",
  "alert.day": "t:d{alert}",
  "finding.continue": "t:c{finding}",
  "watch.pause": "t:p{watch}",
  "watch.resume": "t:r{watch}",
  "watch.remove": "t:x{watch}",
} as const;

/** A value in a button's data. */
interface Field<T> {
  readonly pattern: string;
  /** How long it may be, in bytes. */
  readonly most: number;
  write(value: T): string;
  read(text: string): T;
}

const number = (most: number): Field<number> => ({
  ...{ pattern: `\\d{1,${most}}`, most },
  write: String,
  read: Number,
});

const text = <T extends string = string>(characters: string, most: number, least = 1) => ({
  ...{ pattern: `${characters}{${least},${most}}`, most },
  write: (value: T): string => value,
  read: (text: string) => text as T,
});

/** One of a few values, each by its letter. */
function letter<T extends string>(values: Readonly<Record<string, T>>): Field<T> {
  const letters = new Map(Object.entries(values).map(([letter, value]) => [value, letter]));
  return {
    ...{ pattern: `[${Object.keys(values).join("")}]`, most: 1 },
    write: (value) => letters.get(value)!,
    read: (letter) => values[letter]!,
  };
}

/** A text of somebody's that a button has room for. */
export type ShortText = string & { readonly short: never };

const SHORT_TEXT = 60;

/** A text for a button; null when it is too long for one. */
export const shortText = (text: string): ShortText | null =>
  byteLength(text) <= SHORT_TEXT ? text as ShortText : null;

const ROW = number(15);
const NAME = text("[\\w-]", 50);
const KEY = text("[0-9a-f]", 12);
const SETTINGS = { p: "persona", m: "model", e: "effort", o: "mode", t: "timeout" } as const;
const probes = Object.entries(PROBES).map(([letter, { name }]) => [letter, name] as const);

/** The settings of a session that a button can choose. */
export type Choosable = (typeof SETTINGS)[keyof typeof SETTINGS];

/** The fields in the data of buttons, by name: rows of the journal, names, keys of longer ones. */
const FIELDS = {
  ...{ job: ROW, last: ROW, request: ROW, grant: ROW, offer: ROW, stop: ROW },
  ...{ alert: ROW, finding: ROW, watch: ROW },
  ...{ question: number(3), option: number(3), user: number(16) },
  ...{ session: NAME, turn: text("[\\w-]", 40), made: text("[0-9a-z]", 11) },
  ...{ sessionKey: KEY, value: KEY, task: KEY, archive: text("[0-9a-f]", 24) },
  setting: letter<Choosable>(SETTINGS),
  probe: letter<ProbeName>(Object.fromEntries(probes)),
  only: text<ShortText>("[^]", SHORT_TEXT, 0),
};

type FieldsIn<Data> = Data extends `${string}{${infer Name}}${infer Rest}` ? Name | FieldsIn<Rest>
  : never;

type ValueOf<Name> = Name extends keyof typeof FIELDS ? ReturnType<(typeof FIELDS)[Name]["read"]>
  : never;

export type ButtonName = keyof typeof BUTTONS;

/** The action that a tap on a button names. */
export type Action<Name extends ButtonName = ButtonName> = {
  [Each in Name]:
    & { readonly do: Each }
    & { readonly [Field in FieldsIn<(typeof BUTTONS)[Each]>]: ValueOf<Field> };
}[Name];

/** Telegram's limit of a button's data (Bot API 10.5 `InlineKeyboardButton`). */
const MOST_BYTES = 64;

/** The table as it is read and written. A button whose data could be too long fails the start. */
const FORMATS = Object.entries(BUTTONS).map(([name, data]) => {
  const parts = data.split(/\{(\w+)\}/); // A text, a field's name, a text, …
  const fields = parts.filter((_, index) => index % 2 === 1) as (keyof typeof FIELDS)[];
  const most = byteLength(data.replace(/\{\w+\}/g, "")) +
    fields.reduce((sum, field) => sum + FIELDS[field].most, 0);
  if (most > MOST_BYTES) throw new Error(`The data of the button '${name}' may be ${most} bytes`);
  const pattern = parts.map((part, index) =>
    index % 2 === 0 ? part.replaceAll(".", "\\.") : `(${FIELDS[fields[(index - 1) / 2]!].pattern})`
  );
  return { name: name as ButtonName, fields, pattern: RegExp(`^${pattern.join("")}$`) };
});

/** The `callback_data` of an action. */
export function encode(action: Action): string {
  const values = action as Readonly<Record<string, unknown>>;
  return BUTTONS[action.do].replace(
    /\{(\w+)\}/g,
    (_, name: keyof typeof FIELDS) => (FIELDS[name] as Field<unknown>).write(values[name]),
  );
}

/** The action of a `callback_data`; null for anything that we did not write. */
export function decode(data: string): Action | null {
  if (data.length > MOST_BYTES) return null;
  for (const { name, fields, pattern } of FORMATS) {
    const match = pattern.exec(data);
    if (match === null) continue;
    const values = fields.map((field, index) => [field, FIELDS[field].read(match[index + 1]!)]);
    return { do: name, ...Object.fromEntries(values) };
  }
  return null;
}

/** A button under a message. */
export const button = (text: string, action: Action): InlineKeyboardButton => ({
  text,
  callback_data: encode(action),
});

/** Buttons in rows, as a message carries them. */
export const keyboard = (...rows: InlineKeyboardButton[][]) => ({
  reply_markup: { inline_keyboard: rows.filter((row) => row.length > 0) },
});

/**
 * The data of the buttons that stand on a message as it is pressed; null when Telegram does not show the
 * message any more. What was pressed need not be among them: a client may send any data (Bot API 10.5,
 * `CallbackQuery.data`).
 */
export function standingOn({ message }: CallbackQuery): readonly string[] | null {
  if (message === undefined || message.date === 0) return null;
  const rows: unknown = "reply_markup" in message ? message.reply_markup?.inline_keyboard : [];
  if (!Array.isArray(rows)) return [];
  return rows.flat().flatMap((each) => {
    const data: unknown = Object(each)["callback_data"];
    return typeof data === "string" ? [data] : [];
  });
}

/** The toast for a button that is no longer in use, or never was. */
export const OLD = "This button is no longer in use.";

/** The toast for a yes to what was not shown whole. */
export const NOT_SEEN =
  "The document with all of it has not arrived yet. Look at it first, then tap again.";

/** The toast for somebody else than the one for whom buttons were shown. */
export const NOT_YOURS = "These buttons are for who asked for them.";

/** The toast for a button whose message is of a session that is there no more. */
export const EARLIER = "That was for a session that was put away.";

/** The toast for a button whose matter has its end. */
export const SETTLED = "That was settled already.";

/** A short name for what has no number and a longer name than a button's data has room for. */
export async function keyOf(name: string, bytes = 6): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return new Uint8Array(digest).slice(0, bytes).toHex();
}

/** The one of `items` that a key stands for. */
export async function byKey<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  key: string,
): Promise<T | undefined> {
  for (const item of items) if (await keyOf(nameOf(item), key.length / 2) === key) return item;
  return undefined;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
