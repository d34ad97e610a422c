/** What the buttons below what a directory brings do; each is for exactly what was shown. */
export type TrustAct = "use" | "more" | "ignore" | "show";

export interface TrustAction {
  readonly do: "trust";
  readonly act: TrustAct;
  /** What was shown, as a row of the journal. */
  readonly offer: number;
}

const LETTERS = { u: "use", m: "more", i: "ignore", s: "show" } as const;

/** The part of a button's data behind its first letter. */
export function encodeTrustAction({ act, offer }: TrustAction): string {
  const [letter] = Object.entries(LETTERS).find(([, each]) => each === act)!;
  return `${letter}${offer}`;
}

/** The action of that part; null for anything that we did not write. */
export function decodeTrustAction(data: string): TrustAction | null {
  const [, letter = "", digits] = /^([umis])(\d{1,15})$/.exec(data) ?? [];
  if (digits === undefined) return null;
  return { do: "trust", act: LETTERS[letter as keyof typeof LETTERS], offer: Number(digits) };
}
