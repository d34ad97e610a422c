/**
 * Pictures of what services remember: curves on a ground of their own, so that they can be read on a
 * dark and on a light phone.
 * @module
 */

/** A value at a time, in milliseconds since 1970. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** One curve in its frame. */
export interface Panel {
  readonly label: string;
  /** Behind each number, such as " %" or " °C". */
  readonly unit: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  /** What the frame shows at least. */
  readonly min: number;
  readonly max: number;
  /** From here on the curve is drawn as trouble. */
  readonly warn: number;
  /** Drawn dashed behind the curve. */
  readonly forecast?: readonly Point[];
  /** Said at the right instead of the last value. */
  readonly note?: string;
}

/** More curves are no picture for a phone any more. */
export const MOST_PANELS = 6;

/** Curves one below the other, over the same time. */
export interface Chart {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly panels: readonly Panel[];
}
