/** What the buttons below alerts, findings and the list of watches do. */
export type ScheduleAction =
  & { readonly do: "schedule" }
  & (
    /** Asks Claude about an alert, or says nothing of its things for an hour or a day. */
    | { readonly act: "ask" | "hour" | "day"; readonly alert: number }
    /** Goes on with what a watch found. */
    | { readonly act: "continue"; readonly finding: number }
    | { readonly act: "pause" | "resume" | "remove"; readonly watch: number }
  );

const ALERT = { a: "ask", h: "hour", d: "day" } as const;
const WATCH = { p: "pause", r: "resume", x: "remove" } as const;

const letterOf = (letters: Readonly<Record<string, string>>, act: string) =>
  Object.keys(letters).find((letter) => letters[letter] === act)!;

/** The part of a button's data behind its first letter. */
export function encodeScheduleAction(action: ScheduleAction): string {
  if ("alert" in action) return `${letterOf(ALERT, action.act)}${action.alert}`;
  if ("finding" in action) return `c${action.finding}`;
  return `${letterOf(WATCH, action.act)}${action.watch}`;
}

/** The action of that part; null for anything that we did not write. */
export function decodeScheduleAction(data: string): ScheduleAction | null {
  const [, letter = "", digits] = /^([ahdcprx])(\d{1,15})$/.exec(data) ?? [];
  if (digits === undefined) return null;
  const id = Number(digits);
  if (letter === "c") return { do: "schedule", act: "continue", finding: id };
  if (letter in ALERT) {
    return { do: "schedule", act: ALERT[letter as keyof typeof ALERT], alert: id };
  }
  return { do: "schedule", act: WATCH[letter as keyof typeof WATCH], watch: id };
}
