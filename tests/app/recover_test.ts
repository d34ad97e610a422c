import { assertEquals } from "@std/assert";
import { type App } from "../../lib/app/build.ts";
import { recover } from "../../lib/app/recovery.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { fakeClock } from "../fake_clock.ts";
import { aDelivery, aJob, anUpdate } from "../journal/fixture.ts";

Deno.test("recover: what a removed user left neither runs nor is sent, a running turn's end neither", async () => {
  using journal = openJournal(":memory:");
  for (const user of [1, 2]) {
    journal.updates.record(anUpdate(user, { user, place: { chat: user } }));
    const place = { chat: user };
    journal.jobs.add(aJob({ user, place, session: `of${user}` }), 1);
    const running = journal.jobs.add(aJob({ user, place, session: `of${user}` }), 1);
    journal.jobs.submit([running], `p${user}`, 1);
    journal.deliveries.add([aDelivery("an answer", { chat: user })], 1);
  }
  const nothing = () => Promise.resolve();
  let atStart: readonly number[] = [];
  const app = {
    ...{ clock: fakeClock(), journal },
    ...{ sessions: { reconcile: nothing }, orphans: { sweep: nothing } },
    trust: { clean: nothing },
    outbox: { start: () => void (atStart = journal.deliveries.chats()) },
    status: { clearLeftovers: () => {} },
  };
  await recover(app as unknown as App, [1]);
  assertEquals(atStart, [1]);
  assertEquals(journal.updates.unrouted().map(({ user }) => user), [1]);
  assertEquals(journal.jobs.sessionsWaiting(), ["of1"]);
  assertEquals(journal.jobs.submitted(), []);
});
