/** Another name for a session, with the real Claude Code CLI. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REAL_VERSIONS } from "../sim/real_claude.ts";
import { realBench } from "./bench.ts";

for (const version of REAL_VERSIONS) {
  Deno.test(`real: a session with a new name goes on with its context, and is archived whole (${version})`, async () => {
    await using real = await realBench({}, version);
    const { bench } = real;
    await bench.start();
    bench.say("/new work");
    bench.say("the first words");
    await bench.hears(/ok #1: the first words/);
    bench.say("/rename garden");
    await bench.hears(/work is garden now/);
    assertEquals([...Deno.readDirSync(`${bench.home}/sessions`)].map(({ name }) => name), [
      "garden",
    ]);
    bench.say("and now?");
    await bench.hears(/ok #2: and now\?/);
    const body = JSON.stringify(real.messages.requests.at(-1)?.["body"]);
    assertStringIncludes(body, "the first words");
    await bench.end("SIGTERM");
    await bench.start();
    bench.say("after a restart");
    await bench.hears(/ok #3: after a restart/);
    bench.say("/archive garden");
    await bench.hears(/Put garden away\?/);
    await bench.presses("Archive it");
    const { text } = await bench.hears(/garden is put away/);
    assert(!text.includes("Left out"), text);
    bench.say("/archives");
    await bench.hears(/Archives/);
    const file = /sessions_archive\/(\S+)\.tar\.gz/.exec(text)?.[1] ?? "";
    await bench.presses(`Restore ${file}`);
    await bench.hears(/garden · default is back/);
    bench.say("/session garden");
    bench.say("once more");
    await bench.hears(/ok #4: once more/);
    assertEquals(bench.api.violations, []);
  });
}
