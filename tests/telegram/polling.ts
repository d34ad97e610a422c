import { assert } from "@std/assert";
import type { Update } from "grammy/types";
import { type Clock, systemClock, within } from "../../lib/clock.ts";
import { introduce, poll, PollHealth } from "../../lib/telegram/api/poll.ts";
import type { Incident } from "../../lib/telegram/api/poll_health.ts";
import { until } from "../fake_clock.ts";
import { type BotApi, startBotApi } from "../sim/bot_api/mod.ts";

export { until };

/** How long a request may take. */
const DEADLINE_MS = 75_000;
const FAREWELL_MS = 900;

export interface HastyClock extends Clock {
  readonly pauses: number[];
  /** How long a pause really is. */
  pause: number;
  /** How long a request is really waited for. */
  patience: number;
}

/** The clock of this machine, whose pauses are noted and are short. */
export function hastyClock(): HastyClock {
  const pauses: number[] = [];
  return {
    ...systemClock,
    pauses,
    pause: 5,
    patience: DEADLINE_MS,
    after(ms, action) {
      if (ms === DEADLINE_MS) return systemClock.after(this.patience, action);
      if (ms === FAREWELL_MS) return systemClock.after(ms, action);
      pauses.push(ms);
      return systemClock.after(this.pause, action);
    },
  };
}

/** A bot that polls the stand-in until the end of the test. */
export class Polling implements AsyncDisposable {
  readonly taken: Update[] = [];
  readonly clock = hastyClock();
  readonly incidents: (Incident | null)[] = [];
  readonly health = new PollHealth(this.clock, (incident) => this.incidents.push(incident));
  readonly #stop = new AbortController();
  onTake: (update: Update) => void = () => {};
  done: Promise<void> = Promise.resolve();

  private constructor(readonly api: BotApi) {}

  static async start(): Promise<Polling> {
    const api = await startBotApi();
    api.addUser({ id: 1, first_name: "Ada" });
    const polling = new Polling(api);
    const me = await introduce(polling.options);
    assert(me !== null);
    polling.done = poll(polling.options, (update) => {
      polling.onTake(update);
      polling.taken.push(update);
    });
    polling.done.catch(() => {});
    await api.waitFor(() => api.polled, { what: "the first poll" });
    return polling;
  }

  get options() {
    const { api, clock, health } = this;
    return { token: api.token, apiRoot: api.url, clock, health, signal: this.#stop.signal };
  }

  get texts() {
    return this.taken.map(({ message }) => message?.text);
  }

  /** Settles when a message with this text was taken. */
  async until(text: string): Promise<void> {
    await until(() => this.texts.includes(text));
  }

  abort(): void {
    this.#stop.abort();
  }

  async stop(): Promise<void> {
    this.abort();
    await this.done.catch(() => {});
  }

  /** Stops it; says whether that waited for nothing that takes its time. */
  async stopsAtOnce(): Promise<boolean> {
    return await within(systemClock, 5_000, this.stop().then(() => true)) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.api.close();
  }
}
