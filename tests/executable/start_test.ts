/** What an executable reads and tells at its start, before a line of ours runs. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { compile, ROOT } from "./compile.ts";

/** An executable that reads a pipe which nobody writes to waits for ever. */
const START_MS = 20_000;

async function started(program: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await new Deno.Command(program, {
    args: ["--version"],
    env,
    stderr: "null",
    signal: AbortSignal.timeout(START_MS),
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function mkfifo(path: string): Promise<void> {
  const { code } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assertEquals(code, 0);
}

/** The connections that come to a port of loopback while `work` runs. */
async function visitors(work: (port: number) => Promise<void>): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  const accepting = (async () => {
    for await (const conn of listener) {
      count++;
      conn.close();
    }
  })();
  await work(listener.addr.port);
  listener.close();
  await accepting.catch(() => {}); // It was closed while it listened.
  return count;
}

Deno.test("executable: it runs no code from the temporary directory, and reports to no collector", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-executable-" });
  try {
    const program = join(dir, "switchboard");
    const temporary = join(dir, "tmp");
    await Deno.mkdir(temporary);
    await compile(["--output", program], { OTEL_DENO: "true" });

    await t.step("a code cache that somebody planted stays unread, and none is left", async () => {
      const planted = join(temporary, "deno-compile-switchboard.cache");
      await mkfifo(planted); // Whoever opens it to read does not come back.
      assertEquals(await started(program, { TMPDIR: temporary }), config.version);
      await Deno.remove(planted);
      assertEquals(await started(program, { TMPDIR: temporary }), config.version);
      assertEquals([...Deno.readDirSync(temporary)], []);
    });

    await t.step(
      "an error that nobody expected names our file and line, and no path of ours",
      async () => {
        const source = await Deno.readTextFile(new URL("../../lib/cli/main.ts", import.meta.url));
        const line =
          source.slice(0, source.indexOf("await Deno.writeTextFile(")).split("\n").length;
        const { code, stderr } = await new Deno.Command(program, {
          args: ["init"],
          cwd: "/proc", // Nobody can write a file there.
          env: { NO_COLOR: "1" },
          signal: AbortSignal.timeout(START_MS),
        }).output();
        assertEquals(code, 1);
        const said = new TextDecoder().decode(stderr);
        assertMatch(said, new RegExp(`\\bat init \\(.*/lib/cli/main\\.ts:${line}:`));
        assert(!said.includes(ROOT), said);
      },
    );

    await t.step("OTEL_DENO at the time of compiling has no effect", async () => {
      const count = await visitors(async (port) => {
        const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
        assertEquals(await started(program, { TMPDIR: dir, ...collector }), config.version);
      });
      assertEquals(count, 0);
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
