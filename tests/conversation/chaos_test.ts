import { assert, assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { settle } from "../fake_clock.ts";
import { randomNumbers } from "../sessions/fixture.ts";
import { asks, ended, exited, FakeWorker, said, Stage, started } from "./stage.ts";

/** A process that keeps to the protocol: one turn at a time, its prompts in a queue. */
class Process extends FakeWorker {
  readonly queue: string[] = [];
  running: string[] | null = null;

  constructor(submitted: string[], readonly say: (...events: TurnEvent[]) => void) {
    super();
    this.onSend = ({ id, text }) => {
      this.queue.push(id);
      submitted.push(text);
    };
  }

  get idle(): boolean {
    return this.running === null && this.queue.length === 0;
  }

  /** Does the next thing that a real one might do. */
  step(dice: number): void {
    if (!this.alive) return;
    if (dice < 0.04) return this.die("crashed");
    if (this.running === null) return this.#begin(dice);
    const [next] = this.queue;
    if (next !== undefined && dice < 0.2) {
      this.running.push(...this.queue.splice(0, 1));
      return this.say({ type: "joined", prompt: next });
    }
    if (dice < 0.5) return this.say(said(`words ${dice}`));
    if (dice < 0.6) {
      const id = `r${dice}`;
      return this.say(asks(id), { type: "request_withdrawn", id });
    }
    this.#end(dice < 0.9 ? "answered" : "failed");
  }

  override interrupt(): Promise<boolean> {
    this.interrupts++;
    for (const prompt of this.queue.splice(0)) {
      this.say({ type: "dropped", prompt, cancelled: true });
    }
    if (this.running !== null) this.#end("interrupted");
    return Promise.resolve(true);
  }

  die(reason: "crashed" | "idle"): void {
    this.alive = false;
    this.running = null;
    this.queue.length = 0;
    this.say(exited(reason, "boom"));
  }

  #begin(dice: number): void {
    const prompt = this.queue[0];
    if (dice < 0.15) {
      this.running = [];
    } else if (prompt !== undefined && dice < 0.2) {
      this.queue.shift();
      return this.say({ type: "dropped", prompt, cancelled: false });
    } else if (prompt !== undefined) {
      this.running = this.queue.splice(0, dice < 0.3 ? this.queue.length : 1);
    } else return;
    this.say(started(...this.running));
  }

  #end(outcome: "answered" | "failed" | "interrupted"): void {
    const prompts = this.running ?? [];
    this.running = null;
    this.say(ended(prompts, outcome, outcome === "failed" ? "It failed." : ""));
  }
}

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`conversation: in chaos ${seed} every message ends once, told, and nothing hangs`, async () => {
    using stage = new Stage();
    const random = randomNumbers(seed);
    const submitted: string[] = [];
    const start = () =>
      new Process(submitted, (...events) => events.forEach((each) => stage.s.heard(each)));
    let process = start();
    const texts: string[] = [];
    stage.acquire = () => {
      const dice = random();
      if (dice < 0.05) return Promise.reject(new Error("It does not start."));
      if (dice < 0.15) return Promise.reject(stage.full);
      if (!process.alive) process = start();
      return Promise.resolve(process);
    };
    const ids: number[] = [];
    for (let n = 0; n < 60; n++) {
      const dice = random();
      if (dice < 0.3) {
        ids.push(await stage.ask(`message ${n}.`, { user: 1 + Math.floor(dice * 7) }));
      } else if (dice < 0.36) await stage.s.stop();
      else if (dice < 0.42) stage.s.steer(ids[Math.floor(random() * ids.length)] ?? 0);
      else if (dice < 0.45) {
        const meant = ids[Math.floor(random() * ids.length)];
        stage.s.queue.cancel(({ id }) => id === meant);
      } else process.step(random());
      if (dice > 0.8) await settle();
    }
    for (let n = 0; n < 400 && ids.some((id) => stage.state(id) !== "done"); n++) {
      if (process.alive && !process.idle) process.step(0.3 + random() * 0.7);
      stage.conversations.wakeAll();
      await settle();
      // Crashes in a row hold the rest back for a while.
      if (n % 100 === 99) await stage.clock.advance(60 * 60_000);
    }
    while (process.alive && process.running !== null) process.step(0.7);
    await settle();
    texts.push(...stage.texts());
    assertEquals(ids.map((id) => stage.state(id)), ids.map(() => "done"));
    assertEquals([stage.s.busy, stage.presenter.shown.size, stage.clock.timers], [false, 0, 0]);
    assertEquals(stage.journal.requests.open(), []);
    const sent = submitted.flatMap((text) => text.split("\n\n"));
    assertEquals(new Set(sent).size, sent.length);
    assert(stage.compose.closings.length > 0 && texts.length >= stage.compose.closings.length);
  });
}
