import { assert, assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import type { Call, CallResult } from "../../lib/telegram/api/calls.ts";
import { Outbox, REPEAT_MARK } from "../../lib/telegram/outbox/outbox.ts";
import { fakeClock } from "../fake_clock.ts";
import { aDelivery } from "../journal/fixture.ts";
import { randomNumbers } from "../sessions/fixture.ts";

/** A Telegram in bad weather that remembers what really came to lie in the chat. */
class Weather {
  readonly chat: string[] = [];
  /** Texts that were taken, or may have been, without a word to the caller. */
  readonly doubtful = new Set<string>();
  readonly violations: string[] = [];
  bannedUntil = 0;
  calm = false;
  /** Set to break the next calls off, as a kill does: they never return. */
  dead = false;

  constructor(readonly now: () => number, readonly random: () => number) {}

  readonly call: Call = async (method, payload) => {
    if (method === "getMe") return this.#probed();
    const text = String(payload["text"]);
    if (this.now() < this.bannedUntil) this.violations.push(`called in a ban: ${text}`);
    const result = this.#happens(text);
    if (this.dead) await new Promise(() => {});
    return result;
  };

  /** Nothing comes of it, whatever happens to it. */
  #probed(): CallResult {
    const dice = this.calm ? 1 : this.random();
    if (dice < 0.1) return { kind: "unreachable", error: "no route" };
    return dice < 0.3 ? { kind: "unknown", error: "reset" } : { kind: "ok", result: {} };
  }

  #happens(text: string): CallResult {
    const dice = this.calm && !this.dead ? 1 : this.random();
    if (this.dead) {
      this.doubtful.add(text.replace(REPEAT_MARK, ""));
      if (dice < 0.5) this.chat.push(text);
      return { kind: "unknown", error: "" };
    }
    if (dice < 0.1) {
      const retryAfter = 1 + Math.floor(this.random() * 100);
      this.bannedUntil = this.now() + retryAfter * 1000;
      return { kind: "flood", retryAfter };
    }
    if (dice < 0.2) return { kind: "unreachable", error: "no route" };
    if (dice < 0.35) {
      this.doubtful.add(text.replace(REPEAT_MARK, ""));
      if (dice < 0.28) this.chat.push(text);
      return { kind: "unknown", error: "reset" };
    }
    this.chat.push(text);
    return { kind: "ok", result: { message_id: this.chat.length } };
  }
}

for (let seed = 1; seed <= 12; seed++) {
  Deno.test(`outbox: in weather ${seed}, with kills, everything arrives in order, repeats marked`, async () => {
    using journal = openJournal(":memory:");
    const clock = fakeClock();
    const random = randomNumbers(seed);
    const weather = new Weather(() => clock.now(), random);
    const wanted: string[] = [];
    let outbox = new Outbox(journal, weather.call, clock);
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 6; n++) {
        const text = `${round}.${n}`;
        wanted.push(text);
        journal.deliveries.add([aDelivery(text)], 0);
        outbox.wake(1);
        await clock.advance(Math.floor(random() * 3_000));
      }
      weather.dead = random() < 0.7;
      await clock.advance(20_000);
      const killed = outbox.close(); // Never ends where a call hangs; the journal is as a kill leaves it.
      killed.catch(() => {});
      weather.dead = false;
      outbox = new Outbox(journal, weather.call, clock);
      outbox.start();
    }
    weather.calm = true;
    await clock.advance(3_600_000);
    await outbox.close();
    assertEquals(journal.deliveries.chats(), []);
    check(weather, wanted);
  });
}

function check(weather: Weather, wanted: readonly string[]): void {
  assertEquals(weather.violations, []);
  const answers = weather.chat.filter((text) => !text.startsWith("Telegram made me wait"));
  const firsts = [...new Set(answers.map((text) => text.replace(REPEAT_MARK, "")))];
  assertEquals(firsts, wanted);
  for (const text of wanted) {
    const plain = weather.chat.filter((each) => each === text).length;
    const marked = weather.chat.filter((each) => each === text + REPEAT_MARK).length;
    assert(plain <= 1, `${text} is there ${plain} times without a mark`);
    assert(plain + marked === 1 || weather.doubtful.has(text), `${text} was repeated for nothing`);
  }
}
