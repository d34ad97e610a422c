import { chatOf, OF_AN_EDIT, type Shown } from "./chat.ts";
import { type CliTurn, type Evidence, placeOf, type Sent } from "./evidence.ts";

/** A message that ends the wait for others: an answer, or words about what became of them. */
export interface Closing {
  readonly message: Shown;
  readonly kind: "answer" | "account";
  /** The messages that it ends the wait for; the first is the one that it replies to. */
  readonly of: readonly Sent[];
  /** Every message that shows it, its further pieces among them: its buttons are on the last. */
  readonly ids: readonly number[];
  /** For how many others it is that it does not name. */
  readonly more: number;
  /** Of words to a request that Claude may have got all the same: what ended as they were passed on. */
  readonly doubtful: "program" | "claude" | null;
}

/** What is said of a turn on its way, or behind it; its end is another message. */
const ASIDE = new RegExp(
  `has not reacted for|Claude is waiting for you|runs as soon as one is free|${OF_AN_EDIT.source}`,
);
/** The words that stand for an answer that did not come, or not whole. */
const ACCOUNT =
  /(^|\n)(⚠️|⏹|⏸|✗ Cancelled|Interrupted by a restart|Claude Code ended as I passed)|interrupted in the middle of|Please send it again|Your message was not passed on\.$|^That is no number\.$/;
/** Said of words to a request whose passing on was cut off: they may have arrived. */
const DOUBTFUL = /^(Interrupted by a restart|Claude Code ended) as I passed this on/;

function doubtOf(told: string): Closing["doubtful"] {
  const [, what] = DOUBTFUL.exec(told) ?? [];
  return what === undefined ? null : what === "Claude Code ended" ? "claude" : "program";
}

/** Buttons that a closing may have; all others ask something. */
const OFFERS = new Set(["Ask again", "Continue", "Go on", "Drop it", "Run again", "Start afresh"]);
/** What stands before the answer itself. */
const HEADING = /^(Received while I was away\.\n?)?(Answers also: .*\n?)?\n*/;

/** The evidence, with what belongs together found. */
export interface Case {
  readonly evidence: Evidence;
  readonly shown: readonly Shown[];
  readonly closings: readonly Closing[];
  /** What is said of edits that changed nothing, with the offer to run a message again. */
  readonly offers: readonly { readonly message: Shown; readonly of: Sent }[];
  /** The messages that went to the CLI together with one, itself among them. */
  together(sent: Sent): readonly Sent[];
  /** The messages that a prompt carried. */
  carried(uuid: string): readonly Sent[];
  /** How often the CLI read the words of a message as those to a request of its. */
  given(sent: Sent): number;
  /** Whether two are one message, or were made one prompt from the beginning. */
  isOne(a: Sent, b: Sent): boolean;
}

export function caseOf(evidence: Evidence): Case {
  const { sent, prompts, given } = evidence;
  const { shown } = chatOf(evidence);
  const inText = (text: string) => sent.filter(({ token }) => text.includes(token));
  const carried = new Map(prompts.map(({ uuid, text }) => [uuid, inText(text)]));
  const companions = new Map<Sent, Set<Sent>>(sent.map((each) => [each, new Set([each])]));
  for (const group of [...carried.values(), ...given.map(({ text }) => inText(text))]) {
    for (const one of group) for (const other of group) companions.get(one)!.add(other);
  }
  const ran = (each: Sent) => [...prompts, ...given].some(({ text }) => text.includes(each.token));
  const together = (each: Sent) => [...companions.get(each)!];
  const byId = new Map(sent.map((each) => [`${each.chat} ${each.messageId}`, each]));
  const direct = shown.flatMap((message) => {
    const replied = byId.get(`${message.chat} ${message.replyTo}`);
    if (replied === undefined) return [];
    return closingOf(
      message,
      replied,
      { sent, together },
      tailOf(message, shown),
    );
  });
  const named = new Set(direct.flatMap(({ of: [, ...others] }) => others));
  const ended = new Set(direct.map(({ of: [replied] }) => replied!));
  /** Those of its burst that have their end with it: what was made one prompt, or never became one. */
  const riding = (one: Sent, direction: 1 | -1, kind: Closing["kind"]): Sent[] => {
    const burst = sent.filter((each) => each === one || isMate(each, one));
    const riders: Sent[] = [];
    let passed = false;
    for (let at = burst.indexOf(one) + direction; burst[at] !== undefined; at += direction) {
      const mate = burst[at]!;
      const along = together(one).includes(mate);
      if (!along && (ended.has(mate) || ran(mate))) { // The rest went without it.
        passed = true;
        continue;
      }
      // An answer is for what the CLI got; words that stand for it may be for what never went there.
      const mayRide = !passed && kind === "account" && !named.has(mate);
      if (along ? direction === -1 && ended.has(mate) : !mayRide) break;
      riders.push(mate);
    }
    return riders;
  };
  /** What went with it a second time is one message with it since, and has its name from that end on. */
  const again = (one: Sent, index: number) => {
    const before = direct.slice(0, index).filter(({ of }) => of.includes(one)).length;
    const groups = [...carried.values()].filter((group) => group.includes(one));
    return groups.slice(1, before + 1).flat();
  };
  // An answer replies to the last message of a burst; one that is for several names the first.
  const before = direct.map(({ of: [replied], kind }) => riding(replied!, -1, kind));
  for (const rider of before.flat()) ended.add(rider);
  const closings = direct.map((closing, index) => {
    const [replied, ...others] = closing.of;
    const behind = others.flatMap((
      each,
    ) => [...riding(each, 1, closing.kind), ...again(each, index)]);
    const riders = [...before[index]!, ...behind];
    if (closing.more > 0 && closing.kind === "account") {
      const unnamed = sent.filter((each) =>
        isBefore(each, replied!) && !ran(each) && !ended.has(each) && !closing.of.includes(each)
      );
      riders.push(...unnamed.slice(-closing.more));
    }
    return { ...closing, of: [...new Set([...closing.of, ...riders])] };
  });
  const offers = shown.flatMap((message) => {
    const of = byId.get(`${message.chat} ${message.replyTo}`);
    return of !== undefined && OF_AN_EDIT.test(message.text) ? [{ message, of }] : [];
  });
  const isOne = (a: Sent, b: Sent) =>
    a === b || (isMate(a, b) && (together(a).includes(b) || (!ran(a) && !ran(b))));
  const known = { evidence, shown, closings, offers, together, isOne };
  return {
    ...known,
    carried: (uuid) => carried.get(uuid) ?? [],
    given: ({ token }) => given.filter(({ text }) => text.includes(token)).length,
  };
}

const isBefore = (a: Sent, b: Sent) =>
  a.chat === b.chat && a.author === b.author && placeOf(a) < placeOf(b);
const isMate = (a: Sent, b: Sent) => a.burst !== undefined && a.burst === b.burst;

/** Those whose end a message may be. */
interface Group {
  readonly sent: readonly Sent[];
  /** Those that went to the CLI together with one. */
  together(sent: Sent): readonly Sent[];
}

function closingOf(
  message: Shown,
  replied: Sent,
  { sent, together }: Group,
  tail: readonly Shown[],
): Closing[] {
  if (ASIDE.test(message.text)) return [];
  // An end is heard; silent are status messages, and what became of a prompt that may not have arrived.
  const told = message.preview ? message.now : message.text;
  if (message.silent && !told.startsWith("✗ Cancelled")) return [];
  if (message.buttons.some((label) => !OFFERS.has(label)) && !message.preview) return [];
  const credit = /(?:^|\n|\b)[Aa]lso: (“.*)/.exec(told)?.[1] ?? "";
  const named = sent.filter(({ token }) => credit.includes(token));
  const more = Number(/ and (\d+) more$/.exec(credit)?.[1] ?? 0);
  const those = [replied, ...named];
  const of = [...new Set([...those, ...(more > 0 ? those.flatMap(together) : [])])];
  const isAccount = [told, ...tail.map((piece) => piece.text)].some((each) => ACCOUNT.test(each));
  const ids = [message, ...tail].flatMap((each) => each.ids);
  const kind = isAccount ? "account" : "answer";
  return [{ message, kind, of, ids, more, doubtful: doubtOf(told) }];
}

/** So long a message may go on in further ones. */
const MAY_GO_ON = 3_000;

const isPiece = ({ silent, replyTo, preview }: Shown) => silent && replyTo === null && !preview;

/** The pieces that may belong to a message: all that follow it before another one begins. */
function tailOf(first: Shown, shown: readonly Shown[]): readonly Shown[] {
  if (first.text.length < MAY_GO_ON || first.preview) return [];
  const behind = shown.filter(({ chat, messageId, preview }) =>
    chat === first.chat && messageId > first.messageId && !preview
  );
  const end = behind.findIndex((message) => !isPiece(message));
  return end === -1 ? behind : behind.slice(0, end);
}

const bare = (text: string) => text.replaceAll(/\s+/g, "");

/** The answer of a turn, as far as its form in a chat does not matter. */
export const answerText = ({ texts }: CliTurn) => bare(texts.join("\n\n"));

/**
 * How much of an answer stands in the chat, beginning with `first`: `whole`, `part`, or `other` when
 * it is not that answer at all. Its further pieces are silent and reply to nothing.
 */
export function found(
  answer: string,
  first: Shown,
  shown: readonly Shown[],
): { readonly found: "whole" | "part" | "other"; readonly pieces: readonly Shown[] } {
  const head = bare(first.text.replace(HEADING, ""));
  if (answer === "" && /Done, without a word\.$/.test(first.text)) {
    return { found: "whole", pieces: [] };
  }
  if (head === "" || !answer.startsWith(head)) return { found: "other", pieces: [] };
  let rest = answer.slice(head.length);
  const pieces: Shown[] = [];
  for (const piece of shown) {
    if (rest === "") break;
    const next = bare(piece.text);
    const follows = piece.chat === first.chat && piece.messageId > first.messageId &&
      isPiece(piece);
    if (!follows || next === "" || !rest.startsWith(next)) continue;
    pieces.push(piece);
    rest = rest.slice(next.length);
  }
  return { found: rest === "" ? "whole" : "part", pieces };
}
