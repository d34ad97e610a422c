/** What happens without being asked, and the pictures that come with it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SECRET, startPbs } from "../homelab/proxmox/stage.ts";
import { ADA, Bench, buttons } from "./harness.ts";

async function withBackups(pbsUrl: string): Promise<Bench> {
  const bench = await Bench.make({
    settings: {
      homelab: { pbs: { url: pbsUrl, token_file: "pbs-token" } },
      alerts: { enabled: true, every_minutes: 1, quiet_hours: null, digest_at: null },
    },
  });
  await Deno.writeTextFile(join(bench.home, "pbs-token"), `bot@pbs!telegram:${SECRET}\n`);
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  return bench;
}

/** The messages with pictures. */
const photos = (bench: Bench) =>
  bench.api.messages(ADA).filter(({ media }) => media?.kind === "photo");

Deno.test("schedule: a backup that did not happen is told unasked, and Claude is asked with a tap", async () => {
  await using pbs = startPbs();
  await using bench = await withBackups(pbs.url);
  const alert = await bench.hears(/🔴 .* · Backups: /);
  assertEquals(buttons(alert), ["💬 Ask Claude", "🔕 1 hour", "🔕 1 day"]);
  assertMatch(await bench.presses("🔕 1 day"), /^Silent until .* about /);
  assertEquals(await bench.presses("💬 Ask Claude"), "Asking in work");
  await bench.hears(/ok #1: Switchboard's own checks of my homelab raised this alert/);
});

Deno.test("schedule: /pbs comes with a picture of usage and forecast", async () => {
  await using pbs = startPbs();
  await using bench = await withBackups(pbs.url);
  bench.say("/pbs");
  await bench.api.waitFor(() => photos(bench).length > 0, { what: "a picture" });
  const text = JSON.stringify(photos(bench)[0]);
  assertStringIncludes(text, '"width":900');
  assert(!text.includes(SECRET));
});

Deno.test("schedule: a watch is set up, listed, paused and removed", async () => {
  await using pbs = startPbs();
  await using bench = await withBackups(pbs.url);
  bench.say("/watch daily 07:30 is a disk full?");
  await bench.hears(/Watch 1: daily 07:30, for the first time (at|on) /);
  bench.say("/watches");
  await bench.hears(/1\. daily 07:30 – is a disk full\?/);
  assertEquals(await bench.presses("⏸ 1"), "Paused: watch 1");
  await bench.hears(/\npaused; \$0\.00 of \$0\.25 today/);
  assertEquals(await bench.presses("🗑 1"), "Removed: watch 1");
  await bench.hears(/There is no watch yet/);
});

Deno.test("schedule: watches with tools of the owner's own are warned of, in the log and in /status", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/status");
  const before = await bench.hears(/Switchboard \d/);
  assert(!before.text.includes("watch.json"), before.text);
  await bench.end("SIGTERM");
  const persona = { name: "Mine", system_prompt: "Look.", settings: { allowed_tools: ["Read"] } };
  await Deno.mkdir(join(bench.home, "personas"), { recursive: true });
  await Deno.writeTextFile(join(bench.home, "personas/watch.json"), JSON.stringify(persona));
  await bench.start();
  bench.say("/status");
  await bench.hears(/⚠️ Watches use personas\/watch\.json: without being asked they may Read/);
  assertStringIncludes(await bench.log(), "Watches use personas/watch.json");
});
