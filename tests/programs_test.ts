import { assertEquals, assertRejects } from "@std/assert";
import { runner } from "../lib/programs.ts";

const run = runner(Deno.env.get("PATH") ?? "/usr/bin:/bin");
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("run: gives the code and both outputs, and passes no environment on", async () => {
  const { code, stdout, stderr } = await run("sh", [
    "-c",
    'echo "$HOME|$LC_ALL"; echo no >&2; exit 3',
  ]);
  assertEquals([code, text(stdout), stderr], [3, "|C\n", "no\n"]);
});

Deno.test("run: a program that is missing has the code 127", async () => {
  assertEquals((await run("no-such-program-anywhere", [])).code, 127);
});

Deno.test("run: a signal ends the program", async () => {
  const controller = new AbortController();
  const running = run("sleep", ["60"], { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  await assertRejects(() => run("sleep", ["60"], { signal: controller.signal }), Error, "enough");
});
