import { type Journal, type NewDelivery, openJournal, PRIORITY } from "../../lib/journal/mod.ts";
import { Outbox } from "../../lib/telegram/outbox/outbox.ts";
import type { Preview } from "../../lib/telegram/outbox/previews.ts";
import { type FakeClock, fakeClock } from "../fake_clock.ts";
import { aDelivery } from "../journal/fixture.ts";
import { FakeTelegram } from "./fake_call.ts";

/** An outbox on a fake clock, before a Telegram whose outcomes the test chooses. */
export class OutboxStage implements AsyncDisposable {
  readonly clock: FakeClock = fakeClock(0);
  readonly telegram = new FakeTelegram(() => this.clock.now());
  readonly journal: Journal;
  readonly outbox: Outbox;

  constructor(journal: Journal = openJournal(":memory:")) {
    this.journal = journal;
    this.outbox = new Outbox(journal, this.telegram.call, this.clock);
  }

  /** Commits deliveries and lets the outbox know, as a conversation does. */
  deliver(text: string, change: Partial<NewDelivery> = {}): number {
    const [id] = this.journal.deliveries.add([aDelivery(text, change)], 0);
    this.outbox.wake(change.chat ?? 1);
    return id!;
  }

  preview(text: string, change: Partial<Preview> = {}, chat = 1): void {
    this.outbox.offer(chat, aPreview(text, change));
  }

  settle = () => this.clock.advance(0);

  async [Symbol.asyncDispose](): Promise<void> {
    this.telegram.release();
    await this.outbox.close();
    this.journal.close();
  }
}

/** A preview that edits a message. */
export const aPreview = (text: string, change: Partial<Preview> = {}): Preview => ({
  key: text,
  priority: PRIORITY.edit,
  notBefore: 0,
  keep: false,
  call: () => ({ method: "editMessageText", payload: { chat_id: 1, text } }),
  ...change,
});
