/** Troubles of the disk, and how people hear of it while nothing can be written down. */
import { errorText } from "../errors.ts";

const TROUBLES = [
  [/database or disk is full|No space left on device|os error 28\b|quota exceeded/i, "full"],
  [/readonly database|Read-only file system|os error 30\b/i, "read-only"],
  [/disk I\/O error|unable to open database file|os error 5\b/i, "failing"],
  [/database disk image is malformed|file is not a database/i, "damaged"],
] as const;

/** The trouble where something cannot be kept; `damaged` is the journal. */
export type Trouble = (typeof TROUBLES)[number][1];

/** The trouble of the disk that an error tells of; null when it is about something else. */
export function troubleOf(error: unknown): Trouble | null {
  const words = errorText(error);
  return TROUBLES.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}

/** What is said of it. */
export const TROUBLE_WORDS: Readonly<Record<Trouble, string>> = {
  full: "The disk of Switchboard is full.",
  "read-only": "The disk of Switchboard is read-only.",
  failing: "The disk of Switchboard does not take what I write.",
  damaged: "The journal of Switchboard is damaged.",
};

/** Tells a user something at once; never rejects. @returns false when that has to be tried again. */
export type Tell = (user: number, words: string) => Promise<boolean>;

/** Something that each user is told once, as soon as it gets through to them. */
export class Announcement {
  readonly #untold: Set<number>;
  #telling = false;

  constructor(
    readonly users: readonly number[],
    readonly words: string,
    readonly by: Tell,
    /** This one has just heard of it. */
    readonly heard: (user: number) => void = () => {},
  ) {
    this.#untold = new Set(users);
  }

  /** Those who have heard of it. */
  get told(): number[] {
    return this.users.filter((user) => !this.#untold.has(user));
  }

  /** Tells whom it was not told yet, one after the other, while `goesOn` says so. */
  async tell(goesOn: () => boolean): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (const user of this.#untold) {
      if (!goesOn()) break;
      if (!await this.by(user, this.words)) continue;
      this.#untold.delete(user);
      this.heard(user);
    }
    this.#telling = false;
  }
}
