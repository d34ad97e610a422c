/** Thrown into a program that is dead, so that nothing of it goes on. */
export class Dead extends Error {
  override readonly name = "Dead";
}

/** When a program dies: before or after its n-th effect on the world from now. */
export interface Doom {
  readonly effects: number;
  readonly before: boolean;
}

/** One run of the program. All that it does to the world passes through here, and ends with it. */
export class Life {
  alive = true;
  #doom: { left: number; before: boolean } | null = null;

  /** @param died told at the moment of its death. */
  constructor(readonly died: () => void) {}

  doom({ effects, before }: Doom): void {
    this.#doom = { left: effects, before };
  }

  /** It dies of nothing any more. */
  spare(): void {
    this.#doom = null;
  }

  /** Something that the outside sees: a commit, a call, a byte, a process. */
  effect<T>(act: () => T): T {
    this.look();
    const due = this.#doom !== null && --this.#doom.left <= 0;
    if (!due) return act();
    if (this.#doom?.before) this.die();
    this.look();
    const result = act();
    this.die();
    return this.#gone(result);
  }

  /** @throws {Dead} when it is over. */
  look(): void {
    if (!this.alive) throw new Dead("The program is dead.");
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.died();
  }

  #gone<T>(_result: T): never {
    throw new Dead("The program is dead.");
  }
}
