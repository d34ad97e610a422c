import { assertEquals, assertStringIncludes } from "@std/assert";
import { createDigest } from "../../lib/schedule/mod.ts";
import { until } from "../fake_clock.ts";
import { Stage } from "./stage.ts";

const HOUR = 3_600_000;

const digestOf = (stage: Stage) => createDigest({ ...stage, at: "08:00" });

Deno.test("digest: is sent once a day at its hour, a line for each probe", async () => {
  using stage = new Stage("2026-11-20T12:00:00");
  stage.homelab.levels.set("nas", "bad");
  const digest = digestOf(stage);
  digest.look();
  await stage.clock.advance(19 * HOUR);
  assertEquals(stage.texts, []);
  await stage.clock.advance(2 * HOUR);
  assertEquals(stage.texts, [
    "The homelab on Saturday 21 November\n\n🔴 Ping: 1 hosts",
  ]);
  await stage.clock.advance(24 * HOUR);
  assertEquals(stage.texts.length, 2);
  await digest.close();
  assertEquals(stage.clock.timers, 0);
});

Deno.test("digest: a restart does not repeat it, one that was missed by little is sent late", async () => {
  using stage = new Stage("2026-11-20T07:59:00");
  const first = digestOf(stage);
  first.look();
  await stage.clock.advance(5 * 60_000);
  await first.close();
  const second = digestOf(stage);
  second.look();
  await stage.clock.advance(HOUR);
  await second.close();
  assertEquals(stage.texts.length, 1);
  await stage.clock.advance(24 * HOUR); // Away at 08:00, back at 09:04.
  const third = digestOf(stage);
  third.look();
  await stage.clock.advance(HOUR);
  assertEquals(stage.texts.length, 2);
  await third.close();
  await stage.clock.advance(26 * HOUR); // Back at 12:04: the next day's is soon enough.
  const fourth = digestOf(stage);
  fourth.look();
  await stage.clock.advance(HOUR);
  assertEquals(stage.texts.length, 2);
  await fourth.close();
});

Deno.test("digest: what its services remember follows as a picture, and what fails costs none", async () => {
  using stage = new Stage("2026-11-20T07:59:00");
  const to = stage.clock.now();
  stage.homelab.chart = () => Promise.resolve({ title: "nas", from: to - HOUR, to, panels: [] });
  const digest = digestOf(stage);
  digest.look();
  await stage.clock.advance(2 * 60_000);
  await until(() => stage.notices.length > 0);
  assertEquals(stage.notices[0]?.pictures?.length, 1);
  stage.journal.deliveries.sent(stage.journal.deliveries.next(1)!.id, 5, 0);
  const photo = stage.journal.deliveries.next(1);
  assertEquals(photo?.method, "sendPhoto");
  assertStringIncludes(JSON.stringify(photo?.payload), '{"png":"iVBORw0KGgo');
  stage.homelab.chart = () => Promise.reject(new Error("no"));
  await stage.clock.advance(24 * HOUR);
  assertEquals(stage.notices.map(({ pictures }) => pictures?.length), [1, 0]);
  await digest.close();
});
