import type { Brought, CopyStore, TrustDisk } from "../../lib/sessions/mod.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What lies in `trust/` of the home: it outlives every crash. */
export type Copied = Map<string, string>;

/** A directory's content is another after so long. */
const CHANGES_MS = 60_000;

/** Directories that bring a hook, which changes now and then, and copies in memory. */
export class SimulatedTrust implements TrustDisk {
  readonly copies: CopyStore;

  constructor(
    copied: Copied,
    readonly life: Life,
    readonly timeline: Timeline,
    readonly random: Random,
  ) {
    const path = (name: string) => `/home/trust/${name}`;
    this.copies = {
      path,
      root: (name) => `${path(name)}/root`,
      make: async (_plan, shown) => {
        await this.#pause();
        const name = `copy of ${shown}`;
        life.effect(() => copied.set(name, shown));
        return name;
      },
      isSound: async (name) => {
        await this.#pause();
        return copied.has(name);
      },
      shown: async (name) => {
        await this.#pause();
        return copied.get(name) ?? null;
      },
      removeAllBut: async (needed) => {
        for (const name of [...copied.keys()]) {
          await this.#pause();
          if (!needed.has(name)) life.effect(() => copied.delete(name));
        }
      },
    };
  }

  async look(root: string): Promise<Brought> {
    await this.#pause();
    const command = `echo ${Math.floor(this.timeline.now / CHANGES_MS)}`;
    return {
      root,
      things: [{
        kind: "hook",
        title: "Stop",
        text: command,
        calls: [],
        loose: [],
        part: { to: "hooks", event: "Stop", matcher: null, hook: { type: "command", command } },
      }],
      leftOut: [],
      git: [],
      files: new Map(),
      text: command,
      digest: command,
    };
  }

  /** The disk takes its time, now and then. */
  async #pause(): Promise<void> {
    if (this.random.chance(0.3)) {
      await this.timeline.sleep(this.random.between(0, 3), this.life);
    }
    this.life.look();
  }
}
