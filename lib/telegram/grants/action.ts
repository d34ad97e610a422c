/** What the buttons of `/allowed` do. */
export interface GrantAction {
  readonly do: "grant";
  readonly act: "end";
  readonly grant: number;
}

/** The part of a button's data behind its first letter. */
export const encodeGrantAction = ({ grant }: GrantAction): string => `e${grant}`;

/** The action of that part; null for anything that we did not write. */
export function decodeGrantAction(data: string): GrantAction | null {
  const [, grant] = /^e(\d{1,15})$/.exec(data) ?? [];
  return grant === undefined ? null : { do: "grant", act: "end", grant: Number(grant) };
}
