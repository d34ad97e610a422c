import type { Attempt, Evidence } from "./evidence.ts";

/** A message of the program in a chat; one that stands there twice with a mark is one. */
export interface Shown {
  readonly chat: number;
  readonly messageId: number;
  /** As it was sent, without a mark of repetition. */
  readonly text: string;
  /** As it is seen in the end. */
  readonly now: string;
  readonly replyTo: number | null;
  readonly buttons: readonly string[];
  readonly silent: boolean;
  readonly preview: boolean;
  /** Whether only a repeat of it arrived: what came after it may stand before it. */
  readonly late: boolean;
  /** Every message that shows it: the first, and its repeats. */
  readonly ids: readonly number[];
  /**
   * Repeats behind a tap on it that asked again. Each may be the end of what was asked again instead,
   * in the same words.
   */
  readonly behindTap: number;
}

/** A repeat without a mark, or one without a reason. */
export interface BadRepeat {
  readonly attempt: Attempt;
  readonly why: "unmarked" | "needless";
}

/** What is said of an edit: that it came too late, or was not taken in. */
export const OF_AN_EDIT =
  /^You changed a message that has gone|^I could not take in your change|^Claude has the old words of this message/;

const MARK = /\n*↻ Sent again after a broken connection\.$/;
const unmarked = (text: string) => text.replace(MARK, "");
/** What a message says each time that it is sent: how long a ban was may change between two attempts. */
const constant = (text: string) => unmarked(text).replace(/^(Telegram made me wait) .*?;/, "$1;");

/** A status message or a line under a waiting message: it may be dropped, and is never repeated. */
function isPreview({ silent, replyTo, buttons, text }: Attempt): boolean {
  const isStatus = buttons.some((label) => label.includes("Stop")) || /^\S+ · /.test(text);
  return silent && (isStatus || (replyTo !== null && text.startsWith("⏳")));
}

/** The attempts to get one message into a chat. */
interface Chain {
  readonly first: Attempt;
  readonly preview: boolean;
  readonly ids: number[];
  last: Attempt;
  behindTap: number;
  /** Whether the outcome of all of them was known: if not, the next ones are marked. */
  known: Attempt["known"];
}

/** What people see of the program, and what stands there twice that should not. */
export function chatOf(
  evidence: Evidence,
): { readonly shown: readonly Shown[]; readonly repeats: readonly BadRepeat[] } {
  const { attempts } = evidence;
  const chains: Chain[] = [];
  const open = new Map<string, Chain>();
  const repeats: BadRepeat[] = [];
  const now = new Map<string, string>();
  for (const attempt of attempts) {
    const { kind, chat, messageId, text, executed } = attempt;
    if (executed && messageId !== null && kind !== "delete") now.set(`${chat} ${messageId}`, text);
    if (kind === "send") follow(attempt, chains, open, repeats, evidence);
  }
  const shown = chains.flatMap(({ first, preview, ids, behindTap }): Shown[] => {
    const [messageId] = ids;
    if (messageId === undefined) return [];
    const { chat, replyTo, buttons, silent, text } = first;
    const current = now.get(`${chat} ${ids.at(-1)}`) ?? text;
    const seen = { text: unmarked(text), now: unmarked(current) };
    const late = first.messageId !== messageId;
    return [{ ...seen, late, chat, messageId, replyTo, buttons, silent, preview, ids, behindTap }];
  });
  return { shown: shown.sort((a, b) => a.messageId - b.messageId), repeats };
}

/** Adds an attempt to the message that it is for, or begins a new one. */
function follow(
  attempt: Attempt,
  chains: Chain[],
  open: Map<string, Chain>,
  repeats: BadRepeat[],
  { kills, edits, presses, tapped = [] }: Evidence,
): void {
  const preview = isPreview(attempt);
  const marked = MARK.test(attempt.text);
  const key = JSON.stringify([attempt.chat, attempt.replyTo, constant(attempt.text)]);
  const before = preview ? undefined : open.get(key);
  const settled = before === undefined || isSettled(before);
  // A program that dies right before a call has noted it as begun.
  const unneeded = before === undefined || settled || before.known === "yes";
  // Of each edit of a message the same is said, and by each tap of a button the same is shown: which of
  // them is repeated cannot be told.
  const taps = tapped.filter(({ chat, messageId }) =>
    chat === attempt.chat && messageId === attempt.replyTo
  );
  const alike = taps.length > 1 || OF_AN_EDIT.test(attempt.text) &&
      edits.some(({ chat, messageId, times }) =>
        chat === attempt.chat && messageId === attempt.replyTo && times > 1
      );
  if (marked && unneeded && kills === 0 && !alike) repeats.push({ attempt, why: "needless" });
  const dying = before?.last.known === "maybe";
  if (!marked && !settled && !dying && !alike && before.known === "no") {
    repeats.push({ attempt, why: "unmarked" });
  }
  const made = attempt.executed && attempt.messageId !== null ? [attempt.messageId] : [];
  const { known } = attempt;
  // What stands there already, or may well, is another message with the same words.
  const another = marked
    ? settled && kills > 0
    : settled || alike || (dying === true && before.ids.length > 0);
  if (before !== undefined && !another) {
    before.last = attempt;
    if (isBehindTap(attempt, before.ids, presses)) before.behindTap += made.length;
    before.ids.push(...made);
    if (before.known !== "no" && known !== "yes") before.known = known;
    return;
  }
  const chain = { first: attempt, last: attempt, preview, ids: made, behindTap: 0, known };
  chains.push(chain);
  if (!preview) open.set(key, chain);
}

const isBehindTap = ({ chat, at }: Attempt, ids: readonly number[], presses: Evidence["presses"]) =>
  presses.some((press) =>
    press.took === "yes" && press.chat === chat && ids.includes(press.messageId) && press.at < at
  );
const isSettled = ({ last }: Chain) => last.executed && last.known === "yes";
