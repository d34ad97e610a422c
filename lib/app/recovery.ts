/** The leftovers of an earlier run: settled before the first poll, and gone on with after it. */
import type { Update } from "grammy/types";
import { type App, background } from "./build.ts";
import { settleUncertain } from "../conversation/mod.ts";
import { logger } from "../log/mod.ts";
import { composer, createReceiver, findCommand, type Menu } from "../telegram/mod.ts";

const log = logger("app");

/** The steps before the first poll, in this order. */
export async function recover(
  { clock, journal, sessions, orphans, outbox, status, trust }: App,
  allowed: Iterable<number>,
) {
  await orphans.sweep();
  await sessions.reconcile(new Map());
  journal.jobs.markAway();
  settleUncertain(journal, composer, clock.now());
  const dismissed = journal.dismissOthers(allowed, clock.now());
  if (Object.values(dismissed).some((count) => count > 0)) {
    log.warn("Ended what was left of users who are not allowed any more: {dismissed}", {
      dismissed,
    });
  }
  await trust.clean((session) => sessions.exists(session));
  outbox.start(); // Before anything else is offered: it settles what was cut off.
  status.clearLeftovers();
}

/** Goes on with what an earlier run left. @returns what takes an update that Telegram delivers. */
export function goOn(
  app: App,
  allowed: ReadonlySet<number>,
  username: string,
  menu?: Menu,
): (update: Update) => void {
  const { clock, journal } = app;
  app.router.replay();
  app.conversations.wakeAll();
  app.schedules.start();
  app.lock.begin();
  return createReceiver({
    ...{ journal, clock, allowed, username },
    findCommand: (name) => findCommand(name, app.homelab),
    opened: (chat) => app.outbox.opened(chat),
    route: (update) => {
      const { place, user } = update.asker;
      app.outbox.heard(place.chat);
      if (menu !== undefined) background(menu.heard(user), "set a menu");
      app.router.route(update, app.urgent.has(update.id)); // Served already, it has expired.
    },
  });
}
