import type { Update } from "grammy/types";
import { goOn, recover } from "../../lib/app/recovery.ts";
import { shutDown } from "../../lib/app/shutdown.ts";
import { type App, build } from "../../lib/app/build.ts";
import type { Journal } from "../../lib/journal/mod.ts";
import { watchDisk } from "../../lib/app/home.ts";
import type { Settings } from "../../lib/settings/mod.ts";
import { settingsSchema } from "../../lib/settings/schema.ts";
import type { Environment } from "../../lib/app/environment.ts";
import { Dead, type Life } from "./life.ts";
import { PEOPLE } from "./script.ts";
import type { SimulatedTelegram } from "./telegram.ts";
import type { Timeline } from "./timeline.ts";

export const SETTINGS: Settings = {
  ...settingsSchema.parse({
    telegram: { allowed_users: [...PEOPLE] },
    claude: { max_processes: 2, prompt_minutes: 1, watchdog_minutes: 1, idle_minutes: 1 },
    alerts: { quiet_hours: null, digest_at: null },
  }),
  home: "/home",
  token: "1:simulated",
};

const USERNAME = "board_bot";

/** A run of the program in its world, from its start to its death or its end. */
export class Program {
  #begun: Promise<App | null> = Promise.resolve(null);
  #stopping = false;
  #closing = () => {};

  constructor(
    readonly life: Life,
    readonly world: Environment,
    readonly journal: Journal,
    readonly telegram: SimulatedTelegram,
    readonly timeline: Timeline,
    /** Told of a failure that ended it: whoever starts services starts it again. */
    readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    const begun = this.#begin();
    this.#begun = begun.catch(() => null);
    begun.then((app) => this.#serve(app)).catch((error) => {
      if (this.life.alive && !(error instanceof Dead)) this.failed(error);
    });
  }

  async #begin(): Promise<App> {
    const { world, journal } = this;
    journal.watch(() => {}); // Not whoever died.
    const app = await build(SETTINGS, () => undefined, journal, world, "simulated");
    await recover(app, PEOPLE);
    const disk = watchDisk(app, PEOPLE, () => Promise.resolve(Infinity), () => "sound");
    this.#closing = () => disk.close();
    return app;
  }

  async #serve(app: App): Promise<void> {
    await this.timeline.sleep(50, this.life); // Telegram says who the bot is.
    if (this.#stopping) return;
    await this.#poll(goOn(app, new Set(PEOPLE), USERNAME), app);
  }

  /** As `poll` does over HTTP. */
  async #poll(take: (update: Update) => void, { urgent }: App): Promise<void> {
    for (let offset = 0; !this.#stopping;) {
      const updates = await this.telegram.poll(this.life, offset);
      if (this.#stopping) return;
      if (updates === null) {
        await this.timeline.sleep(1_000, this.life);
        continue;
      }
      offset = 0;
      for (const [index, update] of updates.entries()) {
        try {
          take(update);
          offset = update.update_id + 1;
        } catch {
          this.life.look();
          urgent.serve(updates.slice(index), USERNAME);
          await this.timeline.sleep(1_000, this.life);
          break;
        }
      }
    }
  }

  /** Ends in peace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const app = await this.#begun; // A start is not cut off in the middle.
    this.#closing();
    if (app !== null) await shutDown(app);
  }
}
