/** The program on a disk that is full, read-only or damaged. Mounting takes root; the rest does not. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { emptyIndex, ruin, ruinTable } from "../ruin.ts";
import { Bench } from "./harness.ts";

/** A small disk of its own for a home; what `claude` writes lies elsewhere. */
class SmallDisk implements AsyncDisposable {
  private constructor(readonly path: string, readonly beside: string) {}

  static async make(): Promise<SmallDisk> {
    const path = await Deno.makeTempDir({ prefix: "switchboard-disk-" });
    await mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", path);
    return new SmallDisk(path, await Deno.makeTempDir({ prefix: "switchboard-beside-" }));
  }

  async bench(): Promise<Bench> {
    const home = join(this.path, "home");
    await Deno.mkdir(home);
    const claudeEnv = {
      CLAUDE_CONFIG_DIR: join(this.beside, "config"),
      SIM_CLAUDE_LOG: join(this.beside, "claude.log"),
    };
    return await Bench.make({ home, claudeEnv });
  }

  /** What the stand-in for `claude` recorded. */
  recorded(): string {
    return Deno.readTextFileSync(join(this.beside, "claude.log"));
  }

  /** Takes all the room there is. */
  fill(): void {
    using file = Deno.openSync(join(this.path, "fill"), { write: true, create: true });
    for (let size = 64 * 1024; size >= 1;) {
      try {
        file.writeSync(new Uint8Array(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }

  empty(): void {
    Deno.removeSync(join(this.path, "fill"));
  }

  async become(what: "ro" | "rw"): Promise<void> {
    await mount("-o", `remount,${what}`, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("umount", { args: ["-l", this.path] }).output();
    await Deno.remove(this.path);
    await Deno.remove(this.beside, { recursive: true });
  }
}

async function mount(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("mount", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Whether this machine lets us mount: root in a container may not. */
async function mayMount(): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  const dir = await Deno.makeTempDir();
  try {
    await mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", dir);
    await new Deno.Command("umount", { args: [dir] }).output();
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(dir);
  }
}

const CANNOT_START =
  "I cannot start: what you send now waits at Telegram. I start by myself as soon as I can write.";

const ignore = !await mayMount(); // Shown as ignored: it needs root, and the right to mount.

Deno.test({
  name: "e2e: a full disk is told once; a stop works; what was sent waits; all goes on with room",
  ignore,
  async fn() {
    await using disk = await SmallDisk.make();
    await using bench = await disk.bench();
    await bench.start();
    await bench.hears(/Only \d\.\d MB are free/);
    bench.say("/new work");
    bench.say("CHUNK:10 SLOW:100 LONG:9000");
    await bench.hears(/work · working/);
    disk.fill();
    bench.say("sent to a full disk");
    const told = await bench.hears(/The disk of Switchboard is full/);
    assertMatch(told.text, /\/stop works/);
    bench.say("/stop");
    for (let turn = 0; !disk.recorded().includes("interrupt"); turn++) {
      assert(turn < 200, "the stop did not reach Claude");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals(bench.texts().filter((text) => /sent to a full disk/.test(text)), []);
    disk.empty();
    await bench.hears(/⏹ Stopped/, 40_000);
    await bench.hears(/ok #\d: sent to a full disk/, 40_000);
    assertEquals(bench.texts().filter((text) => /Switchboard is full/.test(text)).length, 1);
    assertEquals(bench.texts().filter((text) => /ok #\d: sent to/.test(text)).length, 1);
    assertEquals((await bench.end("SIGTERM")).code, 0);
  },
});

for (const what of ["full", "read-only"] as const) {
  Deno.test({
    name: `e2e: a start on a ${what} disk is told in the chat, and succeeds when that is over`,
    ignore,
    async fn() {
      await using disk = await SmallDisk.make();
      await using bench = await disk.bench();
      await (what === "full" ? disk.fill() : disk.become("ro"));
      await bench.start(false);
      const told = await bench.hears(`⚠️ The disk of Switchboard is ${what}. ${CANNOT_START}`);
      assertMatch(bench.said, /Cannot write in the home '.*': .*(full|No space left|Read-only)/);
      const sent = bench.say("/new work");
      await (what === "full" ? disk.empty() : disk.become("rw"));
      await bench.hears("✅ The disk of Switchboard takes what I write again. I have started.");
      const made = await bench.hears(/Made work/);
      assert(told.message_id < sent.message_id && sent.message_id < made.message_id);
      assertEquals((await bench.end("SIGTERM")).code, 0);
    },
  });
}

Deno.test({
  name: "e2e: a program that waits for its disk ends at once when it is told to",
  ignore,
  async fn() {
    await using disk = await SmallDisk.make();
    await using bench = await disk.bench();
    disk.fill();
    await bench.start(false);
    await bench.hears(/I cannot start/);
    const { code, ms } = await bench.end("SIGTERM");
    assertEquals(code, 0);
    assert(ms < 2_000, `${ms} ms`);
  },
});

Deno.test("e2e: a damaged journal is kept aside, people are told, and conversations go on", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  bench.say("TOOL:bash:sleep 31");
  await bench.hears(/work · working/);
  const mark = await Deno.readTextFile(join(bench.home, "state/mark"));
  await bench.end("SIGKILL");
  const journal = join(bench.home, "state/journal.db");
  await Deno.writeTextFile(journal, "This was a journal. ".repeat(500));
  await Deno.remove(`${journal}-wal`); // It held all of it anew.
  await bench.start();
  const told = await bench.hears(/My journal could not be used: file is not a database/);
  assertMatch(told.text, /damaged-20\d\d-.*please look/s);
  assertEquals(bench.marked().filter(({ command }) => command.includes("sleep 31")), []);
  bench.say("two");
  await bench.hears(/(ok #\d|also got): two/);
  const starts = (await bench.recorded()).filter(({ event }) => event === "start");
  const conversations = new Set(
    starts.map((each) => /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(JSON.stringify(each))?.[0]),
  );
  assertEquals(conversations.size, 1);
  const kept = [...Deno.readDirSync(join(bench.home, "state"))].map(({ name }) => name)
    .find((name) => name.startsWith("journal.db.damaged-") && !/-(wal|shm)$/.test(name));
  assertStringIncludes(await Deno.readTextFile(join(bench.home, "state", kept!)), "was a journal");
  assertEquals(await Deno.readTextFile(join(bench.home, "state/mark")), mark);
});

Deno.test("e2e: a journal that is damaged while the program runs is put aside, and all begins anew", async () => {
  await using bench = await Bench.make();
  await bench.start();
  const { pid } = bench;
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  bench.say("TOOL:bash:sleep 32");
  await bench.hears(/work · working/);
  const journal = join(bench.home, "state/journal.db");
  ruin(journal);
  bench.say("two");
  const told = await bench.hears(/My journal could not be used/);
  assertMatch(told.text, /damaged-20\d\d-.*please look/s);
  await bench.hears(/(ok #\d|also got): two/);
  assertEquals(bench.marked().filter(({ command }) => command.includes("sleep 32")), []);
  bench.say("three");
  await bench.hears(/(ok #\d|also got): three/);
  for (const text of ["two", "three"]) {
    assertEquals(bench.texts().filter((each) => each.endsWith(`: ${text}`)).length, 1, text);
  }
  assertEquals(bench.pid, pid);
  assertEquals((await bench.end("SIGTERM")).code, 0);
});

Deno.test("e2e: what arrives in one batch with the damage is not lost, and runs once", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  const deaf = bench.api.fault({ method: "getUpdates", do: { status: 502 } });
  bench.say("two"); // It ends the poll that waits.
  await bench.hears(/ok #2: two/);
  const fails = () => bench.api.calls.some(({ status }) => status === 502);
  await bench.api.waitFor(fails, { what: "a poll that fails" });
  const sent = ["three", "four", "five"];
  for (const text of sent) bench.say(text);
  ruinTable(join(bench.home, "state/journal.db"), "deliveries_missed");
  deaf.remove();
  await bench.hears(/My journal could not be used/);
  for (const text of sent) await bench.hears(new RegExp(`(ok|also got)[^]*${text}`));
  const prompts = (await bench.recorded()).filter(({ event }) => event === "user");
  for (const text of sent) {
    const times = prompts.filter((each) => String(each["text"]).includes(text)).length;
    assertEquals(times, 1, text);
  }
});

Deno.test("e2e: an index that lacks what its table has is damage, too", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  bench.say("TOOL:bash:sleep 4");
  await bench.hears(/work · working/);
  emptyIndex(join(bench.home, "state/journal.db"), "jobs_open");
  await bench.hears(/My journal could not be used: .*jobs_open/);
  bench.say("two");
  await bench.hears(/(ok #\d|also got): two/);
  assertEquals((await bench.end("SIGTERM")).code, 0);
});

/** A session with one answer, and another. */
async function twoSessions(bench: Bench): Promise<void> {
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  bench.say("/new other");
  await bench.hears(/Made other/);
}

async function cutInHalf(bench: Bench): Promise<void> {
  const file = join(bench.home, "sessions/work/metadata.json");
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).slice(0, -120));
}

Deno.test("e2e: a session whose metadata is cut in half goes on: the journal knows it", async () => {
  await using bench = await Bench.make();
  await bench.start();
  await twoSessions(bench);
  await cutInHalf(bench);
  bench.say("/sessions");
  assertMatch((await bench.hears(/Sessions/)).text, /work · default/);
  bench.say("/session work");
  await bench.hears(/Now in work/);
  bench.say("two");
  await bench.hears(/ok #2: two/);
});

Deno.test("e2e: without its journal it is named, hides none, and is mended", async () => {
  await using bench = await Bench.make();
  await bench.start();
  await twoSessions(bench);
  assertEquals((await bench.end("SIGTERM")).code, 0);
  await cutInHalf(bench);
  await Deno.writeTextFile(join(bench.home, "state/journal.db"), "no database");
  await bench.start();
  bench.say("/sessions");
  const list = await bench.hears(/Session 'work' cannot be read/);
  assertMatch(list.text, /\/repair work/);
  assertMatch(list.text, /other · default/);
  bench.say("/repair work");
  await bench.hears(/work · default is mended/);
  bench.say("/session work");
  await bench.hears(/Now in work/);
  bench.say("two");
  await bench.hears(/ok #2: two/);
});
