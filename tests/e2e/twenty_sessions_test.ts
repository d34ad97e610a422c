import { assertEquals } from "@std/assert";
import { ADA, Bench } from "./harness.ts";

const FORUM = -1_001_000_000_001;
const SESSIONS = 20;
const ROUNDS = 4;

Deno.test("e2e: twenty sessions at once: every answer in the right place, in order", async () => {
  await using bench = await Bench.make({ settings: { claude: { max_processes: SESSIONS } } });
  bench.api.addGroup({ id: FORUM, title: "Homelab", is_forum: true });
  await bench.start();
  const topics = Array.from(
    { length: SESSIONS },
    (_, n) => bench.api.addTopic(FORUM, `topic ${n}`),
  );
  const say = (thread: number, text: string) =>
    bench.api.send({ from: ADA, chat: FORUM, thread, text });
  const answers = (thread: number) =>
    bench.api.messages(FORUM, { thread }).filter(({ by_bot, text }) => by_bot && /ok #/.test(text));

  for (const [n, thread] of topics.entries()) say(thread, `/new s${n}`);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [n, thread] of topics.entries()) say(thread, `round ${round} of s${n}`);
    await bench.api.waitFor(() => topics.every((thread) => answers(thread).length === round), {
      what: `round ${round} of all sessions`,
      timeoutMs: 60_000,
    });
  }
  for (const [n, thread] of topics.entries()) {
    const expected = Array.from(
      { length: ROUNDS },
      (_, i) => `ok #${i + 1}: round ${i + 1} of s${n}`,
    );
    assertEquals(answers(thread).map(({ text }) => text), expected);
  }
  assertEquals(bench.api.violations, []);
});
