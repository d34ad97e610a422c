import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { systemClock } from "../../lib/clock.ts";
import { acquireLock } from "../../lib/app/home_lock.ts";

const MODULE = new URL("../../lib/app/home_lock.ts", import.meta.url).href;
const CLOCK = new URL("../../lib/clock.ts", import.meta.url).href;
const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** A process that takes the lock, says so, and waits; or says why it could not. */
function program(path: string): string {
  return `
    const { acquireLock } = await import(${JSON.stringify(MODULE)});
    const { systemClock: clock } = await import(${JSON.stringify(CLOCK)});
    try {
      await acquireLock(${JSON.stringify(path)}, { pid: Deno.pid, clock, patienceMs: 100 });
    } catch (error) {
      console.log(error.message);
      Deno.exit(3);
    }
    const child = new Deno.Command("sleep", { args: ["60"], stdout: "null" }).spawn();
    console.log("held with " + child.pid);
    setInterval(() => {}, 1000);
  `;
}

function start(path: string): Deno.ChildProcess {
  const args = ["eval", program(path)];
  return new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdout: "piped" }).spawn();
}

async function firstLine(process: Deno.ChildProcess): Promise<string> {
  let text = "";
  for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text.trim();
}

async function inHome(body: (path: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await body(join(home, "lock"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("lock: who holds it stands in the file, and it can be taken again after its release", () =>
  inHome(async (path) => {
    const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 20) };
    {
      await using lock = await acquireLock(path, { pid: 42, clock });
      assertEquals(await Deno.readTextFile(path), "pid 42, since 2026-11-20T00:00:00.000Z\n");
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
      await lock.release();
    }
    assertEquals(await Deno.readTextFile(path), "");
    await using _again = await acquireLock(path, { pid: 43, clock });
    assertStringIncludes(await Deno.readTextFile(path), "pid 43");
  }));

Deno.test("lock: a second process is told who holds it; kill -9 frees it, whatever children live on", () =>
  inHome(async (path) => {
    const holder = start(path);
    const line = await firstLine(holder);
    assertMatch(line, /^held with \d+$/);
    try {
      const second = start(path);
      const refusal = await firstLine(second);
      assertMatch(refusal, new RegExp(`^Another Switchboard \\(pid ${holder.pid}, since 20`));
      assertEquals((await second.status).code, 3);
      holder.kill("SIGKILL");
      await holder.status;
      await using _mine = await acquireLock(path, { pid: Deno.pid, clock: systemClock });
    } finally {
      Deno.kill(Number(line.split(" ").at(-1)), "SIGKILL");
    }
  }));
