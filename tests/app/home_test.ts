import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { openJournal } from "../../lib/journal/mod.ts";
import { forgetDaily, HomeError, prepareHome, probeHome, teller } from "../../lib/app/home.ts";
import { fakeClock } from "../fake_clock.ts";
import { makeHome } from "../sessions/fixture.ts";
import { FakeTelegram, flood, refused, unknown, unreachable } from "../telegram/fake_call.ts";

function stage() {
  const clock = fakeClock();
  const telegram = new FakeTelegram(() => clock.now());
  const journal = openJournal(":memory:");
  return { clock, telegram, journal, tell: teller({ call: telegram.call, clock, journal }) };
}

Deno.test("home: nobody is told of the disk within a silence of the journal", async () => {
  const { clock, telegram, journal, tell } = stage();
  using _ = journal;
  journal.deliveries.silence(1, 90_000, clock.now());
  assertEquals([await tell(1, "x"), await tell(2, "x")], [false, true]);
  await clock.advance(90_000);
  assertEquals(await tell(1, "x"), true);
  assertEquals(telegram.made.map(({ payload }) => payload["chat_id"]), [2, 1]);
});

for (
  const [what, result, seconds] of [
    ["a 429", flood(300), 300],
    ["an outage", unreachable, 60],
    ["an unknown outcome", unknown, 60],
  ] as const
) {
  Deno.test(`home: after ${what}, the disk is told of ${seconds} s later, not before`, async () => {
    const { clock, telegram, journal, tell } = stage();
    using _ = journal;
    telegram.next.push(result);
    assertEquals(await tell(1, "x"), false);
    await clock.advance(seconds * 1000 - 1);
    assertEquals([await tell(1, "x"), telegram.made.length], [false, 1]);
    await clock.advance(1);
    assertEquals([await tell(1, "x"), telegram.made.length], [true, 2]);
  });
}

Deno.test("home: who blocked the bot is not told of the disk again and again", async () => {
  const { telegram, journal, tell } = stage();
  using _ = journal;
  telegram.next.push(refused(403, "Forbidden: bot was blocked by the user"));
  assertEquals(await tell(1, "x"), true);
});

Deno.test("home: a damaged journal keeps nobody from being told", async () => {
  const { journal, tell } = stage();
  journal.close();
  assertEquals(await tell(1, "x"), true);
});

/** What a disk that takes the probe says of its room, and what a start makes of it. */
const ROOMS: [string, () => Promise<number>, "full" | null][] = [
  ["has room", () => Promise.resolve(1e9), null],
  ["has hardly any", () => Promise.resolve(500_000), "full"],
  ["cannot tell", () => Promise.resolve(0), null],
  ["refuses to tell", () => Promise.reject(new Error("statfs")), null],
];

for (const [what, free, trouble] of ROOMS) {
  Deno.test(`home: a start on a disk that ${what}`, async () => {
    const home = await Deno.makeTempDir();
    try {
      await prepareHome(home);
      const probe = probeHome(home, free);
      if (trouble === null) await probe;
      else assertEquals((await assertRejects(() => probe, HomeError)).trouble, trouble);
      assertEquals([...Deno.readDirSync(join(home, "state/tmp"))], []);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}

Deno.test("home: a home that is not there is no disk's matter", async () => {
  const error = await assertRejects(
    () => probeHome("/nowhere", () => Promise.resolve(1e9)),
    HomeError,
  );
  assertEquals(error.trouble, null);
});

Deno.test("home: offers of a month ago are forgotten daily, but for what still waits for its tap", async () => {
  await using home = await makeHome();
  const { journal } = home;
  const clock = fakeClock();
  const day = 24 * 60 * 60 * 1000;
  await home.manager.create("work");
  const offered = { session: "work", made: "m", user: 1, digest: "d", delivery: null };
  const shown = journal.trust.offer(offered, clock.now());
  const decided = journal.sessions.offers.add("work", "{}", clock.now());
  const open = journal.sessions.offers.add("work", "{}", clock.now());
  const stop = forgetDaily(clock, journal);
  await clock.advance(29 * day);
  assert(journal.trust.offered(shown) && journal.sessions.offers.get(decided));
  await clock.advance(3 * day);
  stop();
  assertEquals(journal.trust.offered(shown), undefined);
  assertEquals(journal.sessions.offers.get(decided), undefined);
  assertEquals(journal.sessions.offers.get(open)?.state, "open");
});
