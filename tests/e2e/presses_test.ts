/** Anybody presses anything, old or new, while Claude asks: whatever comes, only its own button counts. */
import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { ADA, Bench } from "./harness.ts";

const BOB = 2;
const GROUP = -5;
/** CI runs 1,000 of them once. */
const SEQUENCES = Number(Deno.env.get("SWITCHBOARD_PRESSES") ?? 100);
/** How far back the presses reach; older data is pressed too, as an old client would. */
const RECENT = 25;

/** A small generator of its own: a failing run is repeated by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a button's data would do to the permission request of this turn; null for any other button. */
function verdictOf(label: string): "allow" | "deny" | null {
  if (label === "Allow once") return "allow";
  return label === "Deny" ? "deny" : null;
}

class Crowd {
  readonly #pick = random(20_261_121);
  readonly #seen: string[] = [];

  constructor(readonly bench: Bench) {}

  /** One turn that asks, a few presses of anybody on anything, and its end. */
  async sequence(n: number): Promise<void> {
    const { bench } = this;
    const last = bench.api.lastMessage(GROUP)?.message_id ?? 0;
    bench.say(`TOOL:bash:touch file${n};; SAY:done ${n}`, GROUP);
    const request = await bench.api.waitFor(
      (api) => api.messages(GROUP).find((each) => each.message_id > last && isRequest(each)),
      { what: `request ${n}` },
    );
    let verdict: "allow" | "deny" | null = null;
    for (let press = this.#pick(4); press >= 0; press--) {
      const own = await this.#press(request.message_id);
      verdict ??= own;
    }
    if (verdict === null) await this.#decide(request.message_id, n);
    await bench.api.waitFor(
      (api) =>
        api.messages(GROUP).some(({ message_id, text }) =>
          message_id > last && text === `done ${n}`
        ),
      { what: `the end of turn ${n}` },
    );
    const made = await exists(`${bench.home}/sessions/work/file${n}`);
    assertEquals(made, (verdict ?? this.#decided) === "allow", `file ${n}`);
  }

  #decided: "allow" | "deny" = "deny";

  /** Ada answers at last. */
  async #decide(messageId: number, n: number): Promise<void> {
    this.#decided = n % 2 === 0 ? "allow" : "deny";
    const button = this.#decided === "allow" ? "Allow once" : "Deny";
    await this.bench.api.press({ from: ADA, chat: GROUP, messageId, button }).answer;
  }

  /** Presses something. @returns what it meant for the open request, if it was its own button. */
  async #press(open: number): Promise<"allow" | "deny" | null> {
    const from = this.#pick(2) === 0 ? ADA : BOB;
    const messages = this.bench.api.messages(GROUP).filter(({ by_bot }) => by_bot).slice(-RECENT);
    const message = messages[this.#pick(messages.length)]!;
    const buttons = (message.reply_markup?.inline_keyboard ?? []).flat();
    for (const button of buttons) {
      if ("callback_data" in button) this.#seen.push(button.callback_data);
    }
    const fitting = buttons.filter(({ text }) => /^(Allow once|Deny)$/.test(text));
    const button = fitting[this.#pick(Math.max(1, fitting.length))];
    const messageId = message.message_id;
    if (button === undefined || !("callback_data" in button)) {
      const data = this.#seen[this.#pick(this.#seen.length)] ?? "y:1";
      // Data of another message, as a hostile client would send it.
      const strange = messageId === open ? "p:999999:once" : data;
      await this.bench.api.press({ from, chat: GROUP, messageId, data: strange }).answer;
      return null;
    }
    await this.bench.api.press({ from, chat: GROUP, messageId, data: button.callback_data }).answer;
    return from === ADA && messageId === open ? verdictOf(button.text) : null;
  }
}

const isRequest = (message: { text: string; by_bot: boolean }) =>
  message.by_bot && /^work asks: Running touch/.test(message.text);

Deno.test("e2e: whoever presses whatever, a request is answered by its own button alone, and no turn hangs", async () => {
  await using bench = await Bench.make({ settings: { telegram: { allowed_users: [ADA, BOB] } } });
  bench.api.addUser({ id: BOB, first_name: "Bob" });
  bench.api.addGroup({ id: GROUP, title: "Homelab" });
  await bench.start();
  bench.say("/new work", GROUP);
  await bench.api.waitForMessage(GROUP, /Made work/);
  const crowd = new Crowd(bench);
  for (let n = 1; n <= SEQUENCES; n++) await crowd.sequence(n);
  const tools = (await bench.recorded()).filter(({ event }) => event === "tool");
  assert(tools.length > 0);
  assertEquals(bench.api.violations, []);
});
