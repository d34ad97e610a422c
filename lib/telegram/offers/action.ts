/** Takes or leaves what a session's files say and the journal does not. */
export interface OfferAction {
  readonly do: "offer";
  readonly offer: number;
  readonly use: boolean;
}

/** The part of a button's data that stands behind `e:`. */
export const encodeOfferAction = ({ offer, use }: OfferAction): string =>
  `${use ? "u" : "k"}${offer}`;

/** The action behind `e:`; null for what we did not write. */
export function decodeOfferAction(data: string): OfferAction | null {
  const [, letter, id] = /^([uk])(\d{1,15})$/.exec(data) ?? [];
  return letter === undefined ? null : { do: "offer", offer: Number(id), use: letter === "u" };
}
