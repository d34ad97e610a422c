import { chatOf, type Shown } from "./chat.ts";
import type { CliTurn, Evidence, Sent } from "./evidence.ts";

/** A message that ends the wait for others: an answer, or words about what became of them. */
export interface Closing {
  readonly message: Shown;
  readonly kind: "answer" | "account";
  /** The messages that it ends the wait for; the first is the one that it replies to. */
  readonly of: readonly Sent[];
  /** Every message that shows it, its further pieces among them: its buttons are on the last. */
  readonly ids: readonly number[];
}

/** What is said of a turn on its way; its end comes later. */
const ASIDE = /has not reacted for|runs as soon as one is free/;
/** The words that stand for an answer that did not come, or not whole. */
const ACCOUNT =
  /(^|\n)(⚠️|⏹|✗ Cancelled|Interrupted by a restart)|interrupted in the middle of|Please send it again/;
/** Buttons that a closing may have; all others ask something. */
const OFFERS = new Set(["Ask again", "Continue", "Run again", "Start afresh"]);
/** What stands before the answer itself. */
const HEADING = /^(Received while I was away\.\n?)?(Answers also: .*\n?)?\n*/;

/** The evidence, with what belongs together found. */
export interface Case {
  readonly evidence: Evidence;
  readonly shown: readonly Shown[];
  readonly closings: readonly Closing[];
  /** The messages that went to the CLI together with one, itself among them. */
  together(sent: Sent): readonly Sent[];
  /** The messages that a prompt carried. */
  carried(uuid: string): readonly Sent[];
}

export function caseOf(evidence: Evidence): Case {
  const { sent, prompts } = evidence;
  const { shown } = chatOf(evidence);
  const inText = (text: string) => sent.filter(({ token }) => text.includes(token));
  const carried = new Map(prompts.map(({ uuid, text }) => [uuid, inText(text)]));
  const companions = new Map<Sent, Set<Sent>>(sent.map((each) => [each, new Set([each])]));
  for (const group of carried.values()) {
    for (const one of group) for (const other of group) companions.get(one)!.add(other);
  }
  const together = (each: Sent) => [...companions.get(each)!];
  const byId = new Map(sent.map((each) => [`${each.chat} ${each.messageId}`, each]));
  const closings = shown.flatMap((message) => {
    const replied = byId.get(`${message.chat} ${message.replyTo}`);
    if (replied === undefined) return [];
    return closingOf(message, replied, sent, together(replied), tailOf(message, shown));
  });
  return { evidence, shown, closings, together, carried: (uuid) => carried.get(uuid) ?? [] };
}

function closingOf(
  message: Shown,
  replied: Sent,
  sent: readonly Sent[],
  companions: readonly Sent[],
  tail: readonly Shown[],
): Closing[] {
  if (ASIDE.test(message.text)) return [];
  if (message.preview && !message.now.startsWith("✗ Cancelled")) return [];
  if (message.buttons.some((label) => !OFFERS.has(label)) && !message.preview) return [];
  const text = message.preview ? message.now : message.text;
  const credit = /(?:^|\n|\b)[Aa]lso: (“.*)/.exec(text)?.[1] ?? "";
  const named = sent.filter(({ token }) => credit.includes(token));
  const more = / and \d+ more$/.test(credit) ? companions : [];
  const of = [...new Set([replied, ...named, ...more])];
  const isAccount = [text, ...tail.map((piece) => piece.text)].some((each) => ACCOUNT.test(each));
  const ids = [message, ...tail].flatMap((each) => each.ids);
  return [{ message, kind: isAccount ? "account" : "answer", of, ids }];
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
