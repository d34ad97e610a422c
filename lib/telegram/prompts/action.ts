/** What a button of a prompt does; `prompt` is the row in the journal that it belongs to. */
export type PromptAction =
  & { readonly do: "prompt"; readonly prompt: number }
  & (
    | { readonly act: PlainAct }
    /** A choice names its question, so that a second tap does not answer the next one. */
    | { readonly act: "pick"; readonly question: number; readonly option: number }
    | { readonly act: "done" | "back" | "skip"; readonly question: number }
  );

export type PlainAct = typeof PLAIN[keyof typeof PLAIN];

const PLAIN = {
  y: "allow",
  // Before: allowed for the session at once. Such a button asks first now, too.
  s: "consider",
  f: "grant",
  u: "unconsider",
  n: "deny",
  w: "why",
  t: "write",
  g: "start",
  e: "start-edits",
  k: "revise",
  x: "decline",
  c: "dismiss",
} as const;

/** What names the question that it is for. */
const STEPS = { d: "done", b: "back", p: "skip" } as const;

const LETTERS = Object.fromEntries(
  Object.entries(PLAIN).map(([letter, act]) => [act, letter]),
) as Readonly<Record<PlainAct, string>>;

/** The `callback_data` of an action, without its first letter. */
export function encodePromptAction(action: PromptAction): string {
  switch (action.act) {
    case "pick":
      return `${action.prompt}:o${action.question}.${action.option}`;
    case "done":
      return `${action.prompt}:d${action.question}`;
    case "back":
      return `${action.prompt}:b${action.question}`;
    case "skip":
      return `${action.prompt}:p${action.question}`;
    default:
      return `${action.prompt}:${LETTERS[action.act]}`;
  }
}

/** The action of such data; null for anything that we did not write. */
export function decodePromptAction(data: string): PromptAction | null {
  const match = /^(\d{1,15}):([a-z])(?:(\d{1,3})(?:\.(\d{1,3}))?)?$/.exec(data);
  if (match === null) return null;
  const [, id, letter, question, option] = match;
  const prompt = { do: "prompt", prompt: Number(id) } as const;
  if (question === undefined) {
    const act = Object.hasOwn(PLAIN, letter!) ? PLAIN[letter as keyof typeof PLAIN] : undefined;
    return act === undefined ? null : { ...prompt, act };
  }
  if (letter === "o" && option !== undefined) {
    return { ...prompt, act: "pick", question: Number(question), option: Number(option) };
  }
  if (option !== undefined) return null;
  const act = Object.hasOwn(STEPS, letter!) ? STEPS[letter as keyof typeof STEPS] : undefined;
  return act === undefined ? null : { ...prompt, act, question: Number(question) };
}
