import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InvalidNameError, SessionBusyError, SessionExistsError } from "../../lib/sessions/mod.ts";
import { makeArchiveHome, run } from "./archive_fixture.ts";
import { type Home, managerOf, readJson } from "./fixture.ts";

const ID = "0a0a0a0a-0000-4000-8000-000000000001";
const there = (path: string) => Deno.lstat(path).then(() => true, () => false);
const again = ({ home, now, journal }: Home) => managerOf(home, now, journal);

function aJob(session: string, text = "hello") {
  return { session, place: { chat: 1 }, user: 1, messageId: 5, text, away: false };
}

Deno.test("rename: files, conversation, record, grants, history and places come along", async () => {
  await using home = await makeArchiveHome();
  const { manager, journal, archives } = home;
  await manager.create("lab");
  await Deno.writeTextFile(home.path("sessions/lab/files/a.txt"), "mine");
  await home.addTranscript("lab", ID);
  await manager.update("lab", { model: "opus", output: "verbose" });
  await manager.switch("lab", { chat: 1 });
  await manager.switch("lab", { chat: 2, thread: 3 });
  const job = journal.jobs.add(aJob("lab"), 1);
  const offer = journal.sessions.offers.add("lab", "{}", 1);
  journal.trust.tell("lab", "made", "digest");
  const usage = { costUsd: 1, inputTokens: 1, outputTokens: 1, durationMs: 1, models: [] };
  journal.spending.add({ session: "lab", ...usage }, 1);
  const before = await manager.get("lab");

  await archives.rename("lab", "garden");

  assertEquals(await manager.get("garden"), { ...before, name: "garden" });
  assertEquals(await manager.exists("lab"), false);
  assertEquals(await Deno.readTextFile(home.path("sessions/garden/files/a.txt")), "mine");
  assertEquals((await readJson(home.path("sessions/garden/metadata.json")))["name"], "garden");
  assertEquals(await manager.active({ chat: 1 }), "garden");
  assertEquals(await manager.active({ chat: 2, thread: 3 }), "garden");
  assertEquals(journal.jobs.get(job)?.session, "garden");
  assertEquals(journal.sessions.offers.get(offer)?.session, "garden");
  assertEquals(journal.trust.told("garden", "made"), "digest");
  assertEquals(journal.spending.total({ session: "garden" }).turns, 1);
  assertEquals(journal.spending.total({ session: "lab" }).turns, 0);
  assertEquals(await there(join(home.transcripts("garden"), `${ID}.jsonl`)), true);
  assertEquals(await there(join(home.transcripts("garden"), ID, "large.txt")), true);
  assertEquals(await there(join(home.transcripts("lab"), `${ID}.jsonl`)), false);
  assertEquals(journal.sessions.renames.open(), []);
  assertEquals((await archives.archive("garden")).transcripts, 1);
});

Deno.test("rename: names are those of /new, and nothing is replaced", async () => {
  await using home = await makeArchiveHome();
  const { manager, archives } = home;
  await manager.create("lab");
  await manager.create("garden");
  await assertRejects(() => archives.rename("lab", "../x"), InvalidNameError);
  await assertRejects(() => archives.rename("lab", "a b"), InvalidNameError);
  await assertRejects(() => archives.rename("lab", "Garden"), SessionExistsError);
  await Deno.writeTextFile(home.path("sessions/file"), "");
  await assertRejects(() => archives.rename("lab", "file"), SessionExistsError);
  await manager.setProcess("lab", 7);
  await assertRejects(() => archives.rename("lab", "shed"), SessionBusyError);
  await manager.setProcess("lab", null);
  await archives.rename("lab", "LAB"); // Its own name, written otherwise.
  assertEquals((await manager.list()).sessions.map(({ name }) => name).sort(), ["LAB", "garden"]);
});

Deno.test("rename: an earlier session of the name leaves it nothing, and cannot run in it", async () => {
  await using home = await makeArchiveHome();
  const { manager, journal, archives } = home;
  await manager.create("garden");
  const old = journal.jobs.add(aJob("garden", "old"), Date.parse("2027-01-01"));
  journal.trust.tell("garden", "made", "digest");
  await archives.archive("garden");
  await manager.create("lab");
  await archives.rename("lab", "garden");
  assertMatch(journal.jobs.get(old)!.session, /^garden \(/);
  assertEquals(journal.trust.told("garden", "made"), null);
  await manager.create("lab"); // The old name is free.
  assertEquals(journal.jobs.latest("lab"), undefined);
});

Deno.test("rename: what somebody wrote into metadata.json still waits to be looked at", async () => {
  await using home = await makeArchiveHome();
  const { manager, archives } = home;
  await manager.create("lab");
  const file = home.path("sessions/lab/metadata.json");
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace('"model": null', '"model": "opus"'));
  await archives.rename("lab", "garden");
  assertEquals((await manager.get("garden")).model, null);
  const edit = await manager.look("garden");
  assertEquals(edit?.changes, [{ field: "model", from: null, to: "opus" }]);
});

Deno.test("rename: names that share a folder of transcripts lose none", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a_b");
  await home.addTranscript("a_b", ID);
  await home.archives.rename("a_b", "a-b");
  assertEquals(await there(join(home.transcripts("a-b"), `${ID}.jsonl`)), true);
});

Deno.test("rename: conversations that cannot be copied leave all as it was", async () => {
  await using home = await makeArchiveHome();
  const { manager } = home;
  await manager.create("lab");
  await home.addTranscript("lab", ID);
  await manager.switch("lab", { chat: 1 });
  const failing: typeof run = (program, args, options) =>
    args.includes("--extract")
      ? Promise.resolve({ code: 2, stdout: new Uint8Array(), stderr: "tar: No space left" })
      : run(program, args, options);
  await assertRejects(() => home.with({ run: failing }).rename("lab", "garden"), Error, "No space");
  assertEquals(await manager.active({ chat: 1 }), "lab");
  assertEquals(await manager.exists("garden"), false);
  assertEquals(await there(join(home.transcripts("lab"), `${ID}.jsonl`)), true);
  await home.archives.rename("lab", "garden"); // Over what was left of it.
  assertEquals(await there(join(home.transcripts("garden"), `${ID}.jsonl`)), true);
});

Deno.test("rename: a directory that cannot follow gives the old name back", async () => {
  await using home = await makeArchiveHome();
  const { manager, journal } = home;
  await manager.create("lab");
  await manager.switch("lab", { chat: 1 });
  manager.directories.rename = () => Promise.reject(new Error("the disk refuses"));
  await assertRejects(() => home.archives.rename("lab", "garden"), Error, "the disk refuses");
  assertEquals((await manager.list()).sessions.map(({ name }) => name), ["lab"]);
  assertEquals(await manager.active({ chat: 1 }), "lab");
  assertEquals(journal.sessions.renames.open(), []);
});

/** A kill at each point between the first commit and the last. */
const CUTS: Readonly<Record<string, (home: Home) => Promise<void>>> = {
  "after the journal": () => Promise.resolve(),
  "after the places": async (home) => {
    const file = home.path("state/current.json");
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replaceAll('"lab"', '"garden"'));
  },
  "after the directory": (home) =>
    Deno.rename(home.path("sessions/lab"), home.path("sessions/garden")),
};
for (const [when, cut] of Object.entries(CUTS)) {
  Deno.test(`rename: a kill ${when} leaves one session under one name`, async () => {
    await using home = await makeArchiveHome();
    const { journal } = home;
    await home.manager.create("lab");
    await home.manager.update("lab", { model: "opus" });
    await home.manager.switch("lab", { chat: 1 });
    journal.sessions.renames.begin({ from: "lab", to: "garden" });
    await cut(home);
    const manager = again(home);
    await manager.reconcile(new Map());
    assertEquals((await manager.list()).sessions.map(({ name }) => name), ["garden"]);
    assertEquals(journal.sessions.names(), ["garden"]);
    assertEquals((await manager.get("garden")).model, "opus");
    assertEquals(await manager.active({ chat: 1 }), "garden");
    assertEquals((await readJson(home.path("sessions/garden/metadata.json")))["name"], "garden");
    assertEquals(journal.sessions.renames.open(), []);
  });
}

Deno.test("rename: what is cut off before its end does not take from a later session of the name", async () => {
  await using home = await makeArchiveHome();
  const { manager, journal } = home;
  await manager.create("lab");
  journal.sessions.renames.begin({ from: "lab", to: "garden" });
  await Deno.rename(home.path("sessions/lab"), home.path("sessions/garden"));
  await manager.create("lab");
  await manager.switch("lab", { chat: 1 });
  const job = journal.jobs.add(aJob("lab"), 1);
  await again(home).reconcile(new Map());
  assertEquals(journal.sessions.names(), ["garden", "lab"]);
  assertEquals(journal.jobs.get(job)?.session, "lab");
  assertEquals(await manager.active({ chat: 1 }), "lab");
});

Deno.test("rename: while neither is without the other, neither is taken for a new one", async () => {
  await using home = await makeArchiveHome();
  const { manager, journal } = home;
  await manager.create("lab");
  await manager.update("lab", { model: "opus" });
  journal.sessions.renames.begin({ from: "lab", to: "garden" });
  await assertRejects(() => manager.get("lab"), SessionBusyError);
  await assertRejects(() => manager.get("garden"), SessionBusyError);
  await again(home).reconcile(new Map());
  assertEquals((await manager.get("garden")).model, "opus");
});
