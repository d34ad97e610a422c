/** Whether the promises were kept, judged from what the outside world recorded alone. */
import { answerText, type Case, caseOf, type Closing, found } from "./accounts.ts";
import { chatOf, type Shown } from "./chat.ts";
import { type CliTurn, type Evidence, placeOf, type Sent, type Violation } from "./evidence.ts";

export type { Evidence, Violation } from "./evidence.ts";

/** Says in words what is wrong, one line per fault; nothing when the promise was kept. */
type Rule = (looked: Case) => string[];

const RULES: Readonly<Record<string, Rule>> = {
  "answered or accounted for exactly once": accountedOnce,
  "no prompt runs twice": ranOnce,
  "answers arrive whole": answersWhole,
  "repeats are marked and needed": repeatsMarked,
  "order is kept per session": orderKept,
  "no edit is lost": editsUsed,
  "a bare answer ends with its request": bareEnds,
  "limits are kept": ({ evidence }) => [...evidence.broken],
  "nothing is left behind": ({ evidence }) => [...evidence.left?.processes ?? []],
  "the journal is consistent": journalConsistent,
};

/** The names of the rules, as violations carry them. */
export const RULE_NAMES: readonly string[] = Object.keys(RULES);

/** Every promise that a run broke; pure. */
export function check(evidence: Evidence): Violation[] {
  const looked = caseOf(evidence);
  return Object.entries(RULES).flatMap(([rule, broken]) =>
    broken(looked).map((words) => ({ rule, words }))
  );
}

const nameOf = ({ token, messageId, session }: Sent) => `${token} (${session}, ${messageId})`;

/**
 * The taps that made a new prompt of what a closing was about, or of what was edited too late: certain
 * ones, and possible ones.
 */
function taps(
  { evidence, offers }: Case,
  closings: readonly Closing[],
  group: readonly Sent[],
): { sure: number; maybe: number } {
  const buttons = [
    ...closings,
    ...offers.filter(({ of }) => group.includes(of)).map(({ message }) => ({
      message,
      ids: message.ids,
    })),
  ];
  const mine = evidence.presses.filter(({ chat, messageId }) =>
    buttons.some(({ message, ids }) => message.chat === chat && ids.includes(messageId))
  );
  return {
    sure: mine.filter(({ took }) => took === "yes").length,
    maybe: mine.filter(({ took }) => took === "maybe").length,
  };
}

/** The ends of a message, and how many it has to have. */
export interface Ends {
  readonly sent: Sent;
  /** Those in the chat. */
  readonly ends: readonly Closing[];
  /** How often its words went to Claude as those to a request: there is no more to say of them. */
  readonly given: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Each message has one end: in the chat, or in a request that its words were given to. It has one more
 * for each tap that asked again, and may have one where a restart left open whether they were given.
 */
export function endsOf(looked: Case): Ends[] {
  return looked.evidence.sent.map((sent) => {
    const ends = looked.closings.filter(({ of }) => of.includes(sent));
    const one = looked.evidence.sent.filter((each) => looked.isOne(each, sent));
    const first = taps(looked, ends.filter(({ of }) => of[0] === sent), [sent]);
    // What was asked again as part of another one may be one with it then, or only named.
    const beside = taps(looked, ends, one);
    const { sure } = first;
    const maybe = beside.sure + beside.maybe - sure;
    const words = looked.given(sent);
    const given = words === 0 && ends.length === 0 && wasTap(looked, sent) ? 1 : words;
    const { kills, turns } = looked.evidence;
    const died = {
      program: kills > 0,
      claude: kills > 0 || turns.some(({ end }) => end === "cut"),
    };
    const unheard = given > 0 && ends.some(({ doubtful }) => doubtful !== null && died[doubtful]);
    const most = 1 + sure + maybe + (unheard ? 1 : 0);
    return { sent, ends, given, least: 1 + sure, most };
  });
}

/**
 * Whether a yes or a no was no prompt, and the CLI was told the same later: then it may have been that.
 * Who taps a button under it has seen what becomes of it, whatever that says.
 */
function wasTap({ evidence }: Case, sent: Sent): boolean {
  const { bare, token, session, at = 0 } = sent;
  if (bare === undefined || evidence.prompts.some(({ text }) => text.includes(token))) return false;
  const lines = linesUnder(evidence, sent);
  const tapped = evidence.tapped?.some(({ chat, messageId }) =>
    chat === sent.chat && lines.includes(messageId)
  );
  // Where no prompt of its session was read, that has another name by now.
  const isOfSession = (name: string) =>
    name === session || !evidence.prompts.some((prompt) => prompt.session === session);
  return evidence.given.some((each) =>
    isOfSession(each.session) && (tapped || each.yes === (bare === "yes")) &&
    (each.at ?? Infinity) >= at
  );
}

/** The messages that reply to one. */
const linesUnder = ({ attempts }: Evidence, { chat, messageId }: Sent): readonly number[] =>
  attempts.filter((line) => line.chat === chat && line.replyTo === messageId)
    .flatMap((line) => line.messageId ?? []);

function accountedOnce(looked: Case): string[] {
  if (looked.evidence.left === null) return []; // Some may wait still.
  return endsOf(looked).flatMap(({ sent, ends, given, least, most }) => {
    const count = ends.length + given;
    const hidden = ends.reduce((sum, { message }) => sum + message.behindTap, 0);
    if (count + hidden >= least && count <= most) return [];
    const texts = ends.map(({ message }) => JSON.stringify(message.text.slice(0, 60)));
    const asWords = Array.from({ length: given }, () => "as words to a request");
    const expected = least === most ? `${least}` : `${least} to ${most}`;
    return [
      `${nameOf(sent)} has ${count} ends, not ${expected}: ${[...texts, ...asWords].join(", ")}`,
    ];
  });
}

/**
 * A line is read once, and a message goes to the CLI once, as a prompt or as words to a request, and
 * once more for each tap.
 */
function ranOnce(looked: Case): string[] {
  const { sent, prompts } = looked.evidence;
  const read = Map.groupBy(prompts, ({ uuid }) => uuid);
  const lines = [...read].filter(([, times]) => times.length > 1)
    .map(([uuid, times]) => `the prompt ${uuid} was read ${times.length} times`);
  const messages = sent.flatMap((each) => {
    const times = prompts.filter(({ text }) => text.includes(each.token)).length +
      looked.given(each);
    const group = looked.together(each);
    const { sure, maybe } = taps(
      looked,
      looked.closings.filter(({ of }) => of.some((other) => group.includes(other))),
      group,
    );
    const most = 1 + sure + maybe;
    return times <= most ? [] : [`${nameOf(each)} went to Claude ${times} times, not ${most}`];
  });
  return [...lines, ...messages];
}

/** What is shown as an answer is the whole answer of one turn, and no answer is kept back. */
function answersWhole(looked: Case): string[] {
  const { evidence, shown, closings } = looked;
  const turns = evidence.turns.filter(({ uuids, end }) => uuids.length > 0 && end === "answered");
  const unused = new Set(turns);
  const taken = new Set<Shown>();
  const wrong = closings.filter(({ kind }) => kind === "answer").flatMap((closing) => {
    const rest = shown.filter((message) => !taken.has(message));
    const candidates = [...unused].filter((turn) => isFor(looked, turn, closing))
      .map((turn) => ({ turn, ...found(answerText(turn), closing.message, rest) }));
    const whole = candidates.find((each) => each.found === "whole");
    if (whole !== undefined) {
      unused.delete(whole.turn);
      for (const piece of whole.pieces) taken.add(piece);
      return [];
    }
    const part = candidates.find((each) => each.found === "part");
    if (part !== undefined) unused.delete(part.turn);
    const what = part === undefined ? "is the answer of no turn" : "is not whole";
    if (part !== undefined && evidence.left === null) return []; // The rest may come.
    return [`${what}: ${JSON.stringify(closing.message.text.slice(0, 100))}`];
  });
  if (evidence.left === null) return wrong;
  const lost = [...unused].filter((turn) => !isExcused(looked, turn))
    .map((turn) => `never shown: ${JSON.stringify(answerText(turn).slice(0, 100))}`);
  return [...wrong, ...lost];
}

/** What was one prompt once is so when it is asked again, or quoted in part where it is gone on with. */
const isFor = (looked: Case, turn: CliTurn, closing: Closing) =>
  turn.uuids.some((uuid) =>
    looked.carried(uuid).flatMap(looked.together).some((sent) => closing.of.includes(sent))
  );

/** An answer that the program did not live to hear is accounted for as interrupted. */
function isExcused(looked: Case, turn: CliTurn): boolean {
  return looked.evidence.kills > 0 &&
    looked.closings.some((closing) => closing.kind === "account" && isFor(looked, turn, closing));
}

function repeatsMarked({ evidence }: Case): string[] {
  return chatOf(evidence).repeats.map(({ why, attempt }) => {
    const text = JSON.stringify(attempt.text.slice(0, 80));
    return why === "unmarked"
      ? `sent again without a mark after an unknown outcome: ${text}`
      : `marked as a repeat where the outcome was known: ${text}`;
  });
}

/**
 * In one chat, what came first of a person for a session goes to the CLI first, and is answered first; but
 * for what was asked again.
 */
function orderKept(looked: Case): string[] {
  const usual = endsOf(looked).filter(({ sent, most }) => sent.outOfOrder !== true && most === 1);
  const lanes = Map.groupBy(
    usual.map(({ sent }) => sent),
    ({ session, chat, author }) => `${session} in ${chat}${author ? ` by ${author}` : ""}`,
  );
  return [...lanes].flatMap(([lane, sent]) => {
    const inOrder = [...sent].sort((a, b) => placeOf(a) - placeOf(b));
    const read = inOrder.map((each) =>
      looked.evidence.prompts.findIndex(({ text }) => text.includes(each.token))
    );
    const answered = inOrder.map((each) => {
      const first = looked.closings.find(({ of }) => of.includes(each));
      const usual = first?.kind === "answer" && !first.message.late;
      return usual ? first.message.messageId : -1;
    });
    return [
      ...disorder(inOrder, read).map((words) => `${lane}: read ${words}`),
      ...disorder(inOrder, answered).map((words) => `${lane}: answered ${words}`),
    ];
  });
}

/** What went to the CLI with old words was offered to run again with the new ones, or that was told. */
function editsUsed({ evidence, offers }: Case): string[] {
  const { edits, sent, left } = evidence;
  if (left === null) return [];
  const prompts = [...evidence.prompts, ...evidence.given];
  return edits.flatMap(({ chat, messageId, token, after }) => {
    const of = sent.find((each) => each.chat === chat && each.messageId === messageId);
    const went = of !== undefined && prompts.some(({ text }) => text.includes(of.token));
    const used = prompts.some(({ text }) => text.includes(token)) ||
      offers.some((offer) => offer.of === of && offer.message.messageId > after);
    return went && !used ? [`${nameOf(of)} ran without its new words, ${token}`] : [];
  });
}

/** The line under a bare answer that is written beside a request. */
const GOES_WITH_IT = /alone does nothing, and is dropped when that is over/;

/** What the chat said of a bare answer holds: it never is a prompt then, unless it was edited. */
function bareEnds({ evidence }: Case): string[] {
  const { sent, attempts, prompts, edits, presses } = evidence;
  return sent.filter(({ bare }) => bare !== undefined).flatMap((each) => {
    const { chat, messageId, token } = each;
    const lines = linesUnder(evidence, each);
    const said = attempts.some((line) =>
      line.chat === chat && line.executed && lines.includes(line.messageId ?? -1) &&
      GOES_WITH_IT.test(line.text)
    );
    const edited = edits.some((edit) => edit.chat === chat && edit.messageId === messageId);
    // It may have run before, and wait again since somebody tapped "Ask again" under its end.
    const asked = presses.some((press) =>
      press.chat === chat && press.took !== "no" && lines.includes(press.messageId)
    );
    const ran = prompts.some(({ text }) => text.includes(token));
    return said && ran && !edited && !asked ? [`${nameOf(each)} ran after its request`] : [];
  });
}

/** Where `at` falls, those that have no place (-1) left out. */
function disorder(sent: readonly Sent[], at: readonly number[]): string[] {
  const wrong: string[] = [];
  let latest = -1;
  for (const [index, place] of at.entries()) {
    if (place === -1) continue;
    if (place < latest) wrong.push(`${nameOf(sent[index]!)} before an earlier one`);
    latest = Math.max(latest, place);
  }
  return wrong;
}

function journalConsistent({ evidence: { left } }: Case): string[] {
  if (left === null) return [];
  const integrity = left.integrity === "ok" ? [] : [`integrity_check: ${left.integrity}`];
  return [...integrity, ...left.open.map((row) => `without an end: ${row}`)];
}
