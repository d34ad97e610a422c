/** What the buttons of the queue do; each names what it was shown for. */
export type QueueAction =
  & { readonly do: "queue" }
  & (
    /** `rerun`: a message that was edited after it had run. */
    | { readonly act: "cancel" | "now" | "rerun"; readonly job: number }
    /** What was written belongs to a request: it is said to it, or it is allowed or denied. */
    | { readonly act: "say" | "yes" | "no"; readonly job: number; readonly prompt: number }
    /** What was written is no answer: it waits for the end of the turn. */
    | { readonly act: "later"; readonly job: number }
    /** Stops a turn and drops what waits, up to the job `last`. */
    | { readonly act: "stop"; readonly turn: string; readonly last: number }
    /** What the stop of this update holds back. */
    | { readonly act: "release" | "drop"; readonly stop: number }
  );

const LETTERS = {
  ...{ cancel: "c", now: "n", rerun: "e", later: "l", stop: "s", release: "r", drop: "d" },
  ...{ say: "w", yes: "y", no: "o" },
} as const;
const TO_REQUEST = { w: "say", y: "yes", o: "no" } as const;

/** The part of a button's data behind its first letter. */
export function encodeQueueAction(action: QueueAction): string {
  const letter = LETTERS[action.act];
  switch (action.act) {
    case "stop":
      return `${letter}${action.last}.${action.turn}`;
    case "say":
    case "yes":
    case "no":
      return `${letter}${action.job}.${action.prompt}`;
    case "release":
    case "drop":
      return `${letter}${action.stop}`;
    default:
      return `${letter}${action.job}`;
  }
}

/** The action of that part; null for anything that we did not write. */
export function decodeQueueAction(data: string): QueueAction | null {
  const [, letter, digits, turn] = /^([a-z])(\d{1,15})(?:\.(.{1,40}))?$/.exec(data) ?? [];
  const id = Number(digits);
  if (letter === "s" && turn !== undefined) return { do: "queue", act: "stop", turn, last: id };
  if (turn !== undefined) {
    const act = letter === "w" || letter === "y" || letter === "o" ? TO_REQUEST[letter] : undefined;
    if (act === undefined || !/^\d{1,15}$/.test(turn)) return null;
    return { do: "queue", act, job: id, prompt: Number(turn) };
  }
  if (letter === "c") return { do: "queue", act: "cancel", job: id };
  if (letter === "n") return { do: "queue", act: "now", job: id };
  if (letter === "l") return { do: "queue", act: "later", job: id };
  if (letter === "e") return { do: "queue", act: "rerun", job: id };
  if (letter === "r") return { do: "queue", act: "release", stop: id };
  if (letter === "d") return { do: "queue", act: "drop", stop: id };
  return null;
}
