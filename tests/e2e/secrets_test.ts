/** Where the bot's token is, and is not, while the program runs. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Bench } from "./harness.ts";

const environ = (pid: number) => Deno.readTextFileSync(`/proc/${pid}/environ`);

async function atWork(bench: Bench): Promise<void> {
  await bench.start();
  bench.say("/new work");
  bench.say("hello");
  await bench.hears(/ok #1: hello/);
  assert(bench.marked().length > 0);
}

Deno.test("e2e: a token from a file is in no process's environment, and in no argument", async () => {
  const bench = await Bench.make();
  await using _bench = bench;
  const path = join(bench.home, "switchboard.jsonc");
  const settings = JSON.parse(await Deno.readTextFile(path));
  settings.telegram.token_file = "bot-token";
  await Deno.writeTextFile(path, JSON.stringify(settings));
  await Deno.writeTextFile(join(bench.home, "bot-token"), `${bench.api.token}\n`, { mode: 0o600 });
  delete (bench.env as Record<string, string>)["TELEGRAM_BOT_TOKEN"];
  await atWork(bench);
  for (const pid of [bench.pid, ...bench.marked().map((each) => each.pid)]) {
    const shown = environ(pid) + Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    assertEquals(shown.includes(bench.api.token), false, `${pid}`);
  }
});

Deno.test("e2e: a token from the environment goes to no process that the program starts", async () => {
  await using bench = await Bench.make();
  await atWork(bench);
  assert(environ(bench.pid).includes(bench.api.token)); // It cannot be taken back.
  for (const { pid } of bench.marked()) {
    assertEquals(environ(pid).includes(bench.api.token), false, `${pid}`);
  }
});
