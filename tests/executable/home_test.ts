/** `deno task compile --home DIR`: an executable that reaches exactly what one home names. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Bench } from "../e2e/harness.ts";
import { startBotApi } from "../sim/bot_api/mod.ts";
import { compile } from "./compile.ts";

Deno.test("executable: compiled for a home it works there, and reaches no other host", async () => {
  await using bench = await Bench.make();
  const program = `${bench.home}/switchboard`;
  const flags = await compile(["--home", bench.home, "--output", program]);
  // Deno's runtime takes 90 MB of it; TDLib, which only a test needs, would add 56.
  assert((await Deno.stat(program)).size < 130 * 1024 * 1024, "a package of the tests is in it");
  assertStringIncludes(flags, `--allow-net=${new URL(bench.api.url).host}`);
  bench.program = [program];
  await bench.start();
  bench.say("/new work");
  bench.say("hello");
  await bench.hears(/ok #1: hello/);
  assertEquals((await bench.end("SIGTERM")).code, 0);

  // The same executable, told to talk to another host: its permissions stand against it.
  await using other = await startBotApi();
  const path = `${bench.home}/switchboard.jsonc`;
  const settings = JSON.parse(await Deno.readTextFile(path));
  settings.telegram.api_root = other.url;
  await Deno.writeTextFile(path, JSON.stringify(settings));
  await bench.start(false);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await bench.end("SIGTERM");
  assertEquals(other.calls.length, 0);
  assert(/NotCapable|Requires net access/.test(await bench.log()), await bench.log());
});
