import { type Place, PRIORITY } from "../../journal/mod.ts";
import type { FormattedText } from "../text/formatted.ts";
import type { Outbox } from "./outbox.ts";
import { deletion, draft, edit, type MethodCall, sending } from "./previews.ts";

/** A draft is shown for 30 s (Bot API 10.3); it is renewed before. */
export const DRAFT_RENEWED_MS = 20_000;

/** The content of a live message. */
interface Look {
  readonly text: FormattedText;
  readonly buttons: object;
}

interface LiveOptions {
  readonly place: Place;
  readonly replyTo?: number | null;
  /** What has its end sooner is not shown at all; by the clock's steady time. */
  readonly from?: number;
  /** Every look outlives a 429, since nothing shows it again by itself. */
  readonly keep?: boolean;
  /** The job that waits with it: where that was cancelled, a start after a crash says so. */
  readonly job?: number;
  /** The id of Telegram's own draft, which stands for the message until Telegram refuses it. */
  readonly draft?: number | null;
  /** The message that an earlier run left. */
  readonly messageId?: number;
}

/**
 * A silent message that shows something that changes. It is sent once and then edited, never sooner
 * than its pace allows and only when it would look different, until it stays with its last words or
 * goes. What is on display is in the journal, for whoever clears it away after a crash.
 */
export class LiveMessage {
  #messageId: number | null;
  #draft: number | null;
  /** The look of the last call. */
  #last = "";
  #lastCall = 0;
  /** It may stand, where it cannot be changed: one such message is enough. */
  #doubtful = false;
  #over = false;

  constructor(readonly outbox: Outbox, readonly options: LiveOptions) {
    this.#messageId = options.messageId ?? null;
    this.#draft = options.draft ?? null;
  }

  /** True while it is Telegram's own draft. */
  get isDraft(): boolean {
    return this.#draft !== null;
  }

  /** Shows what `look` gives when its turn comes, at the soonest `pace` milliseconds after the last call. */
  show(look: () => Look, pace = 0): void {
    const { place: { chat }, from = 0, keep = false } = this.options;
    this.outbox.offer(chat, {
      key: this,
      priority: this.isDraft ? PRIORITY.draft : PRIORITY.edit,
      notBefore: Math.max(from, this.#lastCall + pace),
      keep,
      call: () => this.#doubtful ? null : this.#call(look()),
      done: (messageId) => this.#displayed(messageId),
      failed: () => this.#last = "",
      doubtful: () => this.#doubtful = true,
      refused: () => this.#withoutDraft(look, pace),
    });
  }

  /**
   * The last that becomes of it: it stays with these words, or goes where there are none.
   * @param unshown makes the call instead where no message is known that could stay.
   */
  end(text: FormattedText | null, unshown: () => MethodCall | null = () => null): void {
    const { outbox, options: { place: { chat } } } = this;
    this.#over = true;
    const last = (id: number) => text === null ? deletion(chat, id) : edit(chat, id, text);
    outbox.offer(chat, {
      key: this,
      priority: text === null ? PRIORITY.remove : PRIORITY.edit,
      keep: true,
      call: () => this.#messageId === null ? unshown() : last(this.#messageId),
      done: () => {
        if (this.#messageId !== null) outbox.journal.statusMessages.remove(chat, this.#messageId);
      },
    });
  }

  #call(look: Look): MethodCall | null {
    const { place, replyTo = null } = this.options;
    const now = this.outbox.clock.steady();
    const looks = JSON.stringify(look);
    const fades = this.isDraft && now - this.#lastCall >= DRAFT_RENEWED_MS;
    if (looks === this.#last && !fades) return null;
    this.#last = looks;
    this.#lastCall = now;
    const { text, buttons } = look;
    if (this.#draft !== null) return draft(place, this.#draft, text);
    if (this.#messageId !== null) return edit(place.chat, this.#messageId, text, buttons);
    return sending(text, { place, replyTo, silent: true }, buttons);
  }

  #displayed(messageId: number | null): void {
    if (this.#messageId !== null || messageId === null) return;
    this.#messageId = messageId;
    const { place: { chat }, job } = this.options;
    this.outbox.journal.statusMessages.add(chat, messageId, job);
  }

  /** Where a draft is refused, an edited message does. */
  #withoutDraft(look: () => Look, pace: number): void {
    if (!this.isDraft || this.#over) return;
    this.#draft = null;
    this.#last = "";
    this.show(look, pace);
  }
}
