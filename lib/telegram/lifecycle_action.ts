/** Buttons about a session's process and its conversation; each names what it was shown for. */
export type LifecycleAction =
  & { readonly do: "lifecycle" }
  & (
    /** `afresh`: the prompt in a new conversation; `try`: what crashes hold back goes on at once. */
    | { readonly act: "afresh" | "try"; readonly job: number }
    /** Ends the process under a turn. */
    | { readonly act: "end"; readonly turn: string }
  );

/** The part of a button's data behind its first letter. */
export function encodeLifecycleAction(action: LifecycleAction): string {
  switch (action.act) {
    case "afresh":
      return `f${action.job}`;
    case "try":
      return `t${action.job}`;
    case "end":
      return `e${action.turn}`;
    default:
      return action satisfies never;
  }
}

/** The action of that part; null for anything that we did not write. */
export function decodeLifecycleAction(data: string): LifecycleAction | null {
  const [, letter, rest = ""] = /^([fte])(.{1,40})$/.exec(data) ?? [];
  if (letter === "e") return { do: "lifecycle", act: "end", turn: rest };
  if (letter === undefined || !/^\d{1,15}$/.test(rest)) return null;
  return { do: "lifecycle", act: letter === "f" ? "afresh" : "try", job: Number(rest) };
}
