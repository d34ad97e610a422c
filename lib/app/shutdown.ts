/** The end of a run. */
import type { App } from "./build.ts";
import { HURRIED } from "../claude/launch.ts";
import { within } from "../clock.ts";
import { logger } from "../log/mod.ts";

const log = logger("app");

/**
 * The last answers are sent within this time. With the processes' own shutdown (7 s if none of them
 * reacts to anything but SIGKILL) and the end of polling it stays about the 10 s that a service manager
 * may grant, and far below them when they do react.
 */
const FLUSH_MS = 2_000;

/** From now on nothing goes to Claude. */
export function startNothing({ router, conversations }: App): void {
  router.close();
  conversations.shutDown();
}

/**
 * In order: nothing new, turns interrupted and told, processes closed, answers sent.
 * @param restMs how long what people asked for may take to come to its end.
 * @returns whether it did.
 */
export async function shutDown(app: App, restMs = 500): Promise<boolean> {
  const { clock, sessions, fleet, router, outbox, status, orphans } = app;
  log.info("Stopping");
  startNothing(app);
  await Promise.all([
    fleet.closeAll(HURRIED),
    app.schedules.close(),
    app.homelab.close(),
    app.lock.close(),
  ]);
  const rests = await within(clock, restMs, router.idle().then(() => true)) ?? false;
  await within(clock, FLUSH_MS, outbox.flush());
  status.close();
  await within(clock, 500, outbox.close());
  await orphans.sweep(500)
    .catch((error) => log.error("Cannot end what may be left behind: {error}", { error }));
  orphans.close();
  await within(clock, 1_000, sessions.settled()); // A conversation's new id, after /clear.
  log.info("Stopped");
  return rests;
}
