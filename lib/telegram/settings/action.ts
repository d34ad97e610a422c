/**
 * Buttons that change how a session works. They are bound to the session and to the user that they
 * were shown for; sessions, values and tasks go by short keys, since their names may be longer than
 * a button's 64 bytes.
 */

/** What of a session can be chosen by a button. */
export type Choosable = "persona" | "model" | "effort" | "mode" | "timeout";

export type ControlAction =
  | {
    readonly do: "choose";
    readonly what: Choosable;
    readonly session: string;
    readonly user: number;
    readonly value: string;
    /** Whether a warning was read. */
    readonly sure: boolean;
  }
  /** The warning was read, and heeded. */
  | { readonly do: "leave-mode"; readonly user: number }
  | {
    readonly do: "stop-task";
    readonly session: string;
    readonly user: number;
    readonly task: string;
  }
  | { readonly do: "run-anyway" | "not-today"; readonly job: number };

const LETTERS: Readonly<Record<Choosable, string>> = {
  persona: "p",
  model: "m",
  effort: "e",
  mode: "o",
  timeout: "t",
};

const KEY_BYTES = 6;

/** A short name for a session, a value or a task. */
export async function keyOf(name: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return new Uint8Array(digest).slice(0, KEY_BYTES).toHex();
}

/** The one of `items` that a key stands for. */
export async function byKey<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  key: string,
): Promise<T | undefined> {
  for (const item of items) if (await keyOf(nameOf(item)) === key) return item;
  return undefined;
}

/** The part of a button's data that stands behind `v:`. */
export function encodeControl(action: ControlAction): string {
  switch (action.do) {
    case "choose": {
      const { what, sure, session, user, value } = action;
      return [`${LETTERS[what]}${sure ? "!" : ""}`, session, user, value].join(":");
    }
    case "leave-mode":
      return `l:${action.user}`;
    case "stop-task":
      return ["k", action.session, action.user, action.task].join(":");
    case "run-anyway":
      return `r:${action.job}`;
    case "not-today":
      return `n:${action.job}`;
    default:
      return action satisfies never;
  }
}

/** The action behind `v:`; null for what we did not write. */
export function decodeControl(data: string): ControlAction | null {
  const [head = "", ...fields] = data.split(":");
  const letter = head.replace(/!$/, "");
  if (fields.length === 1) return decodeShort(letter, Number(fields[0]));
  const [session = "", user = "", value = ""] = fields;
  const isKey = (key: string) => /^[0-9a-f]{12}$/.test(key);
  const valid = fields.length === 3 && isKey(session) && isKey(value) && /^\d{1,16}$/.test(user);
  if (!valid) return null;
  const bound = { session, user: Number(user) };
  if (letter === "k") return { do: "stop-task", ...bound, task: value };
  const known = Object.entries(LETTERS).find(([, each]) => each === letter)?.[0];
  if (known === undefined) return null;
  return { do: "choose", what: known as Choosable, ...bound, value, sure: head.endsWith("!") };
}

function decodeShort(letter: string, id: number): ControlAction | null {
  if (!Number.isSafeInteger(id) || id < 0) return null;
  if (letter === "l") return { do: "leave-mode", user: id };
  if (letter === "r") return { do: "run-anyway", job: id };
  if (letter === "n") return { do: "not-today", job: id };
  return null;
}
