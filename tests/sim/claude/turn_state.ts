/** What a running turn knows about itself. */

import type { Cut } from "./context.ts";
import type { Denial } from "./ledger.ts";

export class TurnState {
  readonly startedAt = performance.now();
  readonly denials: Denial[] = [];
  /** The uuids of the prompts it answers; those that are steered in join later. */
  readonly uuids: string[];
  /** Messages of the role `user` that came in, plus one: what the real one calls turns. */
  numTurns = 1;
  calls = 0;
  lastText = "";
  stopReason: string | null = null;
  /** Whether the first line of the model has been printed; it names the prompts. */
  introduced = false;
  /** What is to be printed just before that. */
  onIntroduction: () => void = () => {};
  #cut: Cut | undefined;
  readonly #stop = new AbortController();
  readonly #stopTools = new AbortController();

  constructor(uuids: readonly string[]) {
    this.uuids = [...uuids];
  }

  /** Aborted when the model is to fall silent. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted when tools are to be killed: an urgent message waits for them instead. */
  get stopTools(): AbortSignal {
    return this.#stopTools.signal;
  }

  get cutBy(): Cut | undefined {
    return this.#cut;
  }

  cut(by: Cut): void {
    if (this.#cut === "interrupt" || this.#cut === "signal") return;
    this.#cut = by;
    this.#stop.abort();
    if (by !== "now") this.#stopTools.abort();
  }
}
