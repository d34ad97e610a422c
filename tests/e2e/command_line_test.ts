import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Bench } from "./harness.ts";

Deno.test("e2e: --version and --help answer and exit 0", async () => {
  await using bench = await Bench.make();
  const version = await bench.another(["--version"]);
  assertEquals(version.code, 0);
  assertMatch(version.said.trim(), /^\d+\.\d+\.\d+$/m);
  const help = await bench.another(["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.said, "TELEGRAM_BOT_TOKEN");
});

Deno.test("e2e: an unknown flag or command is named, with exit code 2", async () => {
  await using bench = await Bench.make();
  for (const args of [["--frobnicate"], ["frobnicate"], ["init", "extra"]]) {
    const { code, said } = await bench.another(args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(said, args.at(-1)!);
  }
});

Deno.test("e2e: without a token, without users, with bad settings: all problems, exit code 2", async () => {
  await using bench = await Bench.make();
  const settings = { telegram: { alowed_users: [1] }, claude: { idle_minutes: "ten" } };
  await Deno.writeTextFile(`${bench.home}/switchboard.jsonc`, JSON.stringify(settings));
  const { code, said } = await bench.another([], { TELEGRAM_BOT_TOKEN: "" });
  assertEquals(code, 2);
  for (const part of ["TELEGRAM_BOT_TOKEN", "allowed_users", "idle_minutes"]) {
    assertStringIncludes(said, part);
  }
});

Deno.test("e2e: a token that Telegram does not know ends the program with a sentence", async () => {
  await using bench = await Bench.make();
  const { code, said } = await bench.another([], { TELEGRAM_BOT_TOKEN: "1:wrong" });
  assertEquals(code, 2);
  assertStringIncludes(said, "does not accept the bot token");
});

Deno.test("e2e: init writes the settings once", async () => {
  await using bench = await Bench.make();
  await Deno.remove(`${bench.home}/switchboard.jsonc`);
  assertEquals((await bench.another(["init"])).code, 0);
  assertStringIncludes(await Deno.readTextFile(`${bench.home}/switchboard.jsonc`), "allowed_users");
  assertEquals((await bench.another(["init"])).code, 2);
});
