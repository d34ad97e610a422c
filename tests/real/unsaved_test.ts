/** A full disk under the real Claude Code CLI, where a small one can be mounted. */
import { assertMatch } from "@std/assert";
import { realBench } from "./bench.ts";

/** A disk of 400 kB; null where none can be mounted. */
async function smallDisk(): Promise<(AsyncDisposable & { readonly path: string }) | null> {
  const path = await Deno.makeTempDir({ prefix: "switchboard-small-" });
  const run = async (program: string, ...args: string[]) =>
    (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  const isMounted = await run("mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", path)
    .catch(() => false);
  const dispose = async () => {
    if (isMounted) await run("umount", "-l", path);
    await Deno.remove(path, { recursive: true });
  };
  if (isMounted) return { path, [Symbol.asyncDispose]: dispose };
  await dispose();
  return null;
}

Deno.test("real: what Claude Code could not save is told when its process ends", async (t) => {
  await using disk = await smallDisk();
  await t.step({
    name: "on a full disk",
    ignore: disk === null,
    async fn() {
      await using real = await realBench({ claudeEnv: { CLAUDE_CONFIG_DIR: disk!.path } });
      const { bench } = real;
      await bench.start();
      bench.say("/new work");
      bench.say("LONG:350000");
      bench.say("SAY:three");
      await bench.hears(/^three$/m, 60_000);
      bench.say("/persona default");
      const { text } = await bench.hears(/The disk is full/);
      assertMatch(text, /could not save the last part of the conversation in work/);
    },
  });
});
