import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, Bench, buttons, until } from "./harness.ts";

const isTool = ({ command }: { command: string }) => command.includes("sleep 31");

Deno.test("e2e: SIGTERM in a turn tells the person, ends all processes and exits 0 within 10 s", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("CHUNK:10 SLOW:100 LONG:4000");
  await bench.hears(/work · working/);
  const { code, ms } = await bench.end("SIGTERM");
  assertEquals(code, 0);
  assert(ms < 10_000, `${ms} ms`);
  const told = bench.texts().find((text) => /Switchboard is shutting down/.test(text)) ?? "";
  assertStringIncludes(told, "The quick brown fox");
  assertEquals(bench.marked(), []);
});

Deno.test("e2e: kill -9 in a turn, and a restart: nothing lost, nothing run twice", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("before");
  await bench.hears(/ok #1: before/);
  bench.say("TOOL:bash:sleep 31");
  await until(() => bench.marked().some(isTool));
  await bench.end("SIGKILL");
  await until(() => bench.claudes().length === 0);
  bench.say("sent while it was down");
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // Telegram's dates are whole seconds.
  await bench.start();
  const told = await bench.hears(/Interrupted by a restart/);
  assertEquals(buttons(told), ["Continue", "Ask again"]);
  const late = await bench.hears(/sent while it was down/);
  assertMatch(late.text, /^Received while I was away\./);
  const users = (await bench.recorded()).filter(({ event }) => event === "user");
  assertEquals(users.filter(({ text }) => String(text).includes("sleep 31")).length, 1);
  assertEquals(bench.marked().filter(isTool), []);
  assertEquals(await bench.presses("Continue"), "Continuing");
  await bench.hears(/work · working/);
  await bench.presses("⏹ Stop");
  await bench.hears(/⏹ Stopped/);
  const continued = (await bench.recorded()).filter(({ text }) =>
    /^You were interr/.test(String(text))
  );
  assertEquals(continued.length, 1);
});

Deno.test("e2e: an answer whose sending was cut off by kill -9 arrives after the restart", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("first"); // Once its process is up no status message comes before the answer.
  await bench.hears(/ok #1: first/);
  const fault = bench.api.fault({ method: "sendMessage", do: "hang" });
  bench.say("precious");
  await bench.api.waitFor(
    (api) =>
      api.calls.some(({ method, payload }) =>
        method === "sendMessage" && String(payload["text"]).includes("precious")
      ),
    { what: "the answer to be on its way", timeoutMs: 20_000 },
  );
  await bench.end("SIGKILL");
  fault.remove();
  await bench.start();
  await bench.hears(/ok #2: precious[\s\S]*Sent again after a broken connection/);
});

Deno.test("e2e: so does one whose status message was on display, marked as repeated", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("CHUNK:10 SLOW:100 LONG:200");
  await bench.hears(/work · working/);
  const isAnswer = (payload: Record<string, unknown>) => payload["disable_notification"] !== true;
  const fault = bench.api.fault({ method: "sendMessage", when: isAnswer, do: "hang" });
  await bench.api.waitFor(() => fault.struck > 0, { what: "the answer", timeoutMs: 20_000 });
  await bench.end("SIGKILL");
  fault.remove();
  await bench.start();
  await bench.hears(/quick brown fox[\s\S]*Sent again after a broken connection/);
  await bench.api.waitFor((api) => !api.messages(ADA).some(({ text }) => /working/.test(text)), {
    what: "the status message to go",
  });
});

Deno.test("e2e: a second Switchboard in the same home says who holds it", async () => {
  await using bench = await Bench.make();
  await bench.start();
  const first = bench.pid;
  const { code, said } = await bench.another();
  assertEquals(code, 2);
  assertStringIncludes(said, String(first));
});

Deno.test("e2e: two restarts later the journal still knows what it did", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  assertEquals((await bench.end("SIGTERM")).code, 0);
  await bench.start();
  bench.say("two");
  await bench.hears(/ok #2: two/);
  assertEquals((await bench.end("SIGINT")).code, 0);
  await bench.start();
  bench.say("three");
  await bench.hears(/ok #3: three/);
  const answers = bench.api.messages(ADA).filter(({ text }) => /^ok #/.test(text));
  assertEquals(answers.map(({ text }) => text), ["ok #1: one", "ok #2: two", "ok #3: three"]);
});
