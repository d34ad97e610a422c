/** Lying evidence: every rule is shown the fault that it is there for. */
import { assertEquals } from "@std/assert";
import { check } from "./checker.ts";
import type { Attempt, CliGiven, CliPrompt, CliTurn, Evidence, Sent } from "./evidence.ts";

const CHAT = 1;
const MARK = "\n\n↻ Sent again after a broken connection.";
const LONG = "x".repeat(300);

const said = (token: string, messageId: number, more: Partial<Sent> = {}): Sent => ({
  ...{ token, messageId, chat: CHAT, session: "work" },
  ...more,
});

const post = (messageId: number | null, text: string, more: Partial<Attempt> = {}): Attempt => ({
  ...{ at: messageId ?? 0, kind: "send", chat: CHAT, text, messageId, buttons: [], silent: false },
  ...{ replyTo: null, executed: messageId !== null, known: "yes" },
  ...more,
});

const reply = (messageId: number | null, replyTo: number, text: string, more = {}) =>
  post(messageId, text, { replyTo, ...more });

const read = (uuid: string, text: string): CliPrompt => ({ uuid, text, session: "work" });
const turn = (uuid: string, ...texts: string[]): CliTurn => ({
  uuids: [uuid],
  texts,
  end: "answered",
});
const gave = (text: string): CliGiven => ({ text, session: "work" });
const CUT: CliTurn = { uuids: ["a"], texts: [], end: "cut" };
const INTERRUPTED = "Interrupted by a restart while Claude was at it.";
const OFFER = { buttons: ["Continue", "Ask again"] };

/** One message, answered as it should be. */
const GOOD: Evidence = {
  sent: [said("T1", 1)],
  prompts: [read("a", "T1 hello")],
  given: [],
  turns: [turn("a", "ok T1 hello")],
  attempts: [reply(2, 1, "ok T1 hello")],
  presses: [],
  edits: [],
  kills: 0,
  broken: [],
  left: { processes: [], open: [], integrity: "ok" },
};

/** The rules that a run breaks, each named once. */
const broken = (
  change: Partial<Evidence>,
) => [...new Set(check({ ...GOOD, ...change }).map(({ rule }) => rule))];

const ONCE = "answered or accounted for exactly once";
const TWICE = "no prompt runs twice";
const WHOLE = "answers arrive whole";
const REPEATS = "repeats are marked and needed";
const ORDER = "order is kept per session";
const EDITS = "no edit is lost";
const CHANGED = "You changed a message that has gone to Claude with its old words.";
const EDITED: Partial<Evidence> = {
  edits: [{ chat: CHAT, messageId: 1, token: "E1", after: 1, times: 1 }],
};

const TWO: Partial<Evidence> = {
  sent: [said("T1", 1), said("T2", 2)],
  prompts: [read("a", "T1 hello"), read("b", "T2 you")],
  turns: [turn("a", "ok T1 hello"), turn("b", "ok T2 you")],
  attempts: [reply(3, 1, "ok T1 hello"), reply(4, 2, "ok T2 you")],
};

/** A message, and another one whose words were given to a request of its turn. */
const BESIDE: Partial<Evidence> = {
  sent: [said("T1", 1), said("T2", 2)],
  given: [gave("The user denied this: T2 not that")],
  attempts: [reply(3, 1, "ok T1 hello")],
};
const ENDED = "Claude Code ended as I passed this on: Claude may not have got it.";
const PASSED_ON = "Interrupted by a restart as I passed this on: Claude may not have got it.";

/** A message, and a yes beside the request of its turn. */
const YES: Partial<Evidence> = {
  sent: [said("T1", 1), said("yes..!", 2, { bare: "yes", at: 5 })],
  given: [{ ...gave(""), yes: true, at: 6 }],
  attempts: [reply(3, 1, "ok T1 hello")],
};
const GOES = reply(
  5,
  2,
  "⏳ Claude waits for your tap above. “yes” alone does nothing, " +
    "and is dropped when that is over.",
  { silent: true, buttons: ["Allow once", "Deny", "Drop"] },
);
const GONE = reply(
  6,
  2,
  "“yes” was for what Claude asked, and that has ended: denied. " +
    "Your message was not passed on.",
);
const RAN: Partial<Evidence> = {
  prompts: [read("a", "T1 hello"), read("b", "yes..!")],
  turns: [turn("a", "ok T1 hello"), turn("b", "ok yes")],
};

const FINE: readonly [string, Partial<Evidence>][] = [
  ["a plain answer", {}],
  ["a yes that was a tap", YES],
  ["a yes that went with its request, and is told of", {
    ...YES,
    given: [{ ...gave("The user denied this."), yes: false, at: 6 }],
    attempts: [reply(3, 1, "ok T1 hello"), GOES, GONE],
  }],
  ["a yes under which Deny was tapped", {
    ...YES,
    given: [{ ...gave("The user denied this."), yes: false, at: 6 }],
    attempts: [reply(3, 1, "ok T1 hello"), GOES],
    tapped: [{ chat: CHAT, messageId: 5 }],
  }],
  ["a yes under which Deny was tapped, in a session that has another name by now", {
    ...YES,
    prompts: [{ ...read("a", "T1 hello"), session: "renamed" }],
    given: [{ ...gave("The user denied this."), yes: false, at: 6, session: "renamed" }],
    attempts: [reply(3, 1, "ok T1 hello"), GOES],
    tapped: [{ chat: CHAT, messageId: 5 }],
  }],
  ["a yes that ran, was asked again, and went with a later request", {
    ...YES,
    ...RAN,
    given: [],
    turns: [turn("a", "ok T1 hello"), { ...CUT, uuids: ["b"] }],
    kills: 1,
    attempts: [
      reply(3, 1, "ok T1 hello"),
      reply(4, 2, INTERRUPTED, OFFER),
      GOES,
      GONE,
    ],
    presses: [{ at: 1, chat: CHAT, messageId: 4, took: "yes" }],
  }],
  ["what two taps of one button show twice, each after an unknown outcome", {
    attempts: [
      reply(2, 1, "ok T1 hello"),
      reply(3, 2, "This directory brings things", { known: "no" }),
      reply(4, 2, "This directory brings things", { known: "no" }),
      reply(5, 2, `This directory brings things${MARK}`),
      reply(6, 2, `This directory brings things${MARK}`),
    ],
    tapped: [{ chat: CHAT, messageId: 2 }, { chat: CHAT, messageId: 2 }],
  }],
  ["a yes that was no answer to anything", {
    ...YES,
    ...RAN,
    given: [],
    attempts: [reply(3, 1, "ok T1 hello"), reply(4, 2, "ok yes")],
  }],
  ["a status message and a prompt beside it", {
    attempts: [
      reply(2, 1, "work · working", { silent: true, buttons: ["⏹ Stop"] }),
      reply(3, 1, "Bash: may I?", { buttons: ["Allow once", "Deny"] }),
      reply(4, 1, "ok T1 hello"),
    ],
  }],
  ["an answer in two pieces, with a heading", {
    turns: [turn("a", "ok T1", LONG)],
    attempts: [
      reply(2, 1, `Received while I was away.\n\nok T1\n\n${LONG.slice(0, 100)}`),
      post(3, LONG.slice(100), { silent: true }),
    ],
  }],
  ["a long text that was cut off, asked again by the button on its last piece", {
    kills: 1,
    prompts: [read("a", "T1 hello"), read("b", "T1 hello")],
    turns: [{ ...CUT, texts: ["x".repeat(5_000)] }, turn("b", "ok T1 hello")],
    attempts: [
      reply(2, 1, "x".repeat(4_000)),
      post(3, `${"x".repeat(1_000)}\n\n⚠️ Claude Code ended`, {
        silent: true,
        buttons: ["Ask again"],
      }),
      reply(4, 1, "ok T1 hello"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 3, took: "yes" }],
  }],
  ["two messages in one prompt", {
    sent: [said("T1", 1), said("T2", 2)],
    prompts: [read("a", "T1 hello\n\nT2 you")],
    attempts: [reply(3, 2, "Answers also: “T1 hello”\n\nok T1 hello")],
  }],
  ["an answer that stands there twice, marked, since its outcome was unknown", {
    attempts: [
      reply(2, 1, "ok T1 hello", { known: "no" }),
      reply(null, 1, `ok T1 hello${MARK}`), // A 429 between.
      reply(3, 1, `ok T1 hello${MARK}`),
    ],
  }],
  ["an answer at whose sending the program died, with a mark or without", {
    ...TWO,
    attempts: [
      reply(3, 1, "ok T1 hello", { known: "maybe" }),
      reply(4, 1, `ok T1 hello${MARK}`),
      reply(null, 2, "ok T2 you", { known: "maybe" }),
      reply(5, 2, "ok T2 you"),
    ],
  }],
  ["an answer that the program noted as begun when it died", {
    kills: 1,
    attempts: [reply(2, 1, `ok T1 hello${MARK}`)],
  }],
  ["a piece that is repeated, like one of an earlier answer", {
    ...TWO,
    kills: 1,
    turns: [turn("a", "ok T1", LONG), turn("b", "ok T2", LONG)],
    attempts: [
      reply(3, 1, "ok T1"),
      post(4, LONG, { silent: true }),
      reply(5, 2, "ok T2"),
      post(6, LONG + MARK, { silent: true }),
    ],
  }],
  ["an answer that waited out a 429", {
    attempts: [reply(null, 1, "ok T1 hello"), reply(2, 1, "ok T1 hello")],
  }],
  ["words on a ban that grew until they arrived", {
    attempts: [
      post(null, "Telegram made me wait 1 min; here is what waited.", { known: "no" }),
      post(2, `Telegram made me wait 2 min; here is what waited.${MARK}`),
      reply(3, 1, "ok T1 hello"),
    ],
  }],
  ["interrupted, asked again, and interrupted again in the same words, as if repeated", {
    kills: 2,
    prompts: [read("a", "T1 hello"), read("b", "T1 hello")],
    turns: [CUT, { ...CUT, uuids: ["b"] }],
    attempts: [
      reply(2, 1, INTERRUPTED, { ...OFFER, known: "maybe" }),
      reply(4, 1, `${INTERRUPTED}${MARK}`, OFFER),
    ],
    presses: [{ at: 3, chat: CHAT, messageId: 2, took: "yes" }],
  }],
  ["interrupted, asked again and answered", {
    kills: 1,
    prompts: [read("a", "T1 hello"), read("b", "T1 hello")],
    turns: [CUT, turn("b", "ok T1 hello")],
    attempts: [reply(2, 1, INTERRUPTED, OFFER), reply(3, 1, "ok T1 hello")],
    presses: [{ at: 0, chat: CHAT, messageId: 2, took: "yes" }],
  }],
  ["stopped before it began, and asked again behind another", {
    ...TWO,
    prompts: [read("b", "T2 you"), read("a", "T1 hello")],
    attempts: [
      reply(3, 1, "⏹ Stopped before it began.", { buttons: ["Ask again"] }),
      reply(4, 2, "ok T2 you"),
      reply(5, 1, "ok T1 hello"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 3, took: "yes" }],
  }],
  ["a tap that nobody knows of took place or did not", {
    kills: 1,
    turns: [CUT],
    attempts: [reply(2, 1, INTERRUPTED, OFFER)],
    presses: [{ at: 0, chat: CHAT, messageId: 2, took: "maybe" }],
  }],
  ["an answer that the program did not live to hear", {
    kills: 1,
    attempts: [reply(2, 1, INTERRUPTED, OFFER)],
  }],
  ["an edit that came in time", {
    ...EDITED,
    prompts: [read("a", "T1 hello, E1")],
  }],
  ["an edit that came too late, and was run again", {
    ...EDITED,
    prompts: [read("a", "T1 hello"), read("b", "T1 hello, E1")],
    turns: [turn("a", "ok T1 hello"), turn("b", "ok T1 hello, E1")],
    attempts: [
      reply(2, 1, "ok T1 hello"),
      reply(3, 1, CHANGED, { buttons: ["Run again"] }),
      reply(4, 1, "ok T1 hello, E1"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 3, took: "yes" }],
  }],
  ["a comment and a forward as one prompt, asked again", {
    kills: 1,
    sent: [said("T1", 1, { burst: 1 }), said("T2", 2, { burst: 1 })],
    prompts: [read("a", "T1 T2"), read("b", "T1 T2")],
    turns: [CUT, turn("b", "ok T1 T2")],
    attempts: [reply(3, 2, INTERRUPTED, OFFER), reply(4, 2, "ok T1 T2")],
    presses: [{ at: 0, chat: CHAT, messageId: 3, took: "yes" }],
  }],
  ["a merged prompt that goes on, quoted in part", {
    kills: 1,
    sent: [said("T1", 1), said("T2", 2)],
    prompts: [read("a", "T1\n\nT2"), read("b", "You were interrupted: T1…")],
    turns: [CUT, turn("b", "ok T1")],
    attempts: [
      reply(3, 2, `${INTERRUPTED} This concerns also: “T1”`, OFFER),
      reply(4, 2, "ok T1"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 3, took: "yes" }],
  }],
  ["a merged prompt that goes on, with another message handed to it", {
    kills: 1,
    sent: [said("T1", 1), said("T2", 2), said("T3", 3)],
    prompts: [read("a", "T1 T2"), read("b", "You were interrupted: T1 T2"), read("c", "T3")],
    turns: [CUT, { ...turn("b", "ok T1"), uuids: ["b", "c"] }],
    attempts: [
      reply(4, 2, `${INTERRUPTED} This concerns also: “T1”`, OFFER),
      reply(5, 3, "Answers also: “T1”\n\nok T1"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 4, took: "yes" }],
  }],
  ["a message that was run again, together with another one", {
    edits: [{ chat: CHAT, messageId: 1, token: "E1", after: 1, times: 1 }],
    sent: [said("T1", 1), said("T2", 2), said("T3", 3)],
    prompts: [read("a", "T1\n\nT2"), read("b", "T3\n\nT1, E1")],
    turns: [turn("a", "ok T1 T2"), turn("b", "ok T3 T1")],
    attempts: [
      reply(4, 1, CHANGED, { buttons: ["Run again"] }),
      reply(5, 2, "Answers also: “T1”\n\nok T1 T2"),
      reply(6, 1, "Answers also: “T3”\n\nok T3 T1"),
    ],
    presses: [{ at: 0, chat: CHAT, messageId: 4, took: "yes" }],
  }],
  ["one of a burst that could not be taken in, between others that went together", {
    sent: [1, 2, 3].map((id) => said(`T${id}`, id, { burst: 1 })),
    prompts: [read("a", "T1 T3")],
    attempts: [
      reply(4, 2, "Something went wrong. Please send it again."),
      reply(5, 3, "ok T1 hello"),
    ],
  }],
  ["a burst that was delivered in another order, and became two prompts", {
    sent: [1, 3, 4, 2].map((id, place) =>
      said(`T${id}`, id, { place, burst: 1, outOfOrder: true })
    ),
    prompts: [read("a", "T3 T4"), read("b", "T1 T2")],
    turns: [turn("a", "ok T3 T4"), turn("b", "ok T1 T2")],
    attempts: [reply(5, 4, "ok T3 T4"), reply(6, 2, "ok T1 T2")],
  }],
  ["a toast that is said in the chat, and again after an unknown outcome", {
    attempts: [
      reply(2, 1, "ok T1 hello"),
      reply(null, 2, "Allowed", { silent: true }),
      reply(3, 2, "Allowed", { silent: true, known: "no" }),
      reply(4, 2, `Allowed${MARK}`, { silent: true }),
    ],
  }],
  ["what is said of two edits of one message, while it is unknown whether the first arrived", {
    edits: [{ ...EDITED.edits![0]!, times: 2 }],
    attempts: [
      reply(2, 1, "ok T1 hello"),
      reply(3, 1, CHANGED, { ...OFFER, known: "no" }),
      reply(4, 1, CHANGED, OFFER),
      reply(5, 1, `${CHANGED}${MARK}`, OFFER),
    ],
  }],
  ["a message sent into the turn of so many that not all of them are named", {
    sent: [said("T1", 1), said("T2", 2), said("T3", 3), said("T4", 4)],
    prompts: [read("a", "T1 T2 T3"), read("b", "T4")],
    turns: [{ ...turn("a", "ok all"), uuids: ["a", "b"] }],
    attempts: [reply(5, 4, "Answers also: “T1”, “T2” and 1 more\n\nok all")],
  }],
  ["a prompt that was settled before anybody knew whether it arrived", {
    attempts: [
      reply(null, 1, "default asks: Running true", { buttons: ["Allow"], known: "no" }),
      reply(2, 1, "ok T1 hello"),
      reply(3, 1, "Running true: Claude Code ended", { silent: true }),
    ],
  }],
  ["the order in which Telegram delivered", {
    ...TWO,
    sent: [said("T2", 2, { place: 1 }), said("T1", 1, { place: 2 })],
    prompts: [...TWO.prompts!].reverse(),
    attempts: [reply(3, 2, "ok T2 you"), reply(4, 1, "ok T1 hello")],
  }],
  ["words that were given to a request", BESIDE],
  ["words to a request at whose passing on Claude ended", {
    ...BESIDE,
    turns: [CUT],
    attempts: [reply(3, 1, "⚠️ Claude Code ended in the middle of this turn."), reply(4, 2, ENDED)],
  }],
  ["words to a request at whose passing on the program died", {
    ...BESIDE,
    kills: 1,
    turns: [CUT],
    attempts: [reply(3, 1, INTERRUPTED, OFFER), reply(4, 2, PASSED_ON)],
  }],
  ["words to a request that the program died before it passed on", {
    ...BESIDE,
    given: [],
    kills: 1,
    turns: [CUT],
    attempts: [reply(3, 1, INTERRUPTED, OFFER), reply(4, 2, PASSED_ON)],
  }],
  ["words to a request that Claude waits for no more", {
    ...BESIDE,
    given: [],
    attempts: [
      reply(3, 1, "ok T1 hello"),
      reply(4, 2, "Too late: Claude no longer waits for this. Your message was not passed on."),
    ],
  }],
  ["an edit of words to a request, in time", {
    ...BESIDE,
    edits: [{ chat: CHAT, messageId: 2, token: "E1", after: 1, times: 1 }],
    given: [gave("The user denied this: T2 not that, E1")],
  }],
  ["an edit of words to a request that has them", {
    ...BESIDE,
    edits: [{ chat: CHAT, messageId: 2, token: "E1", after: 1, times: 1 }],
    attempts: [
      reply(3, 1, "ok T1 hello"),
      reply(4, 2, "Claude has the old words of this message: they answered a request of its."),
    ],
  }],
  ["taken out of the queue", {
    prompts: [],
    turns: [],
    attempts: [
      reply(2, 1, "⏳ Waiting", { silent: true }),
      post(2, "✗ Cancelled", { kind: "edit" }),
    ],
  }],
];

for (const [name, change] of FINE) {
  Deno.test(`checker: has nothing against ${name}`, () => {
    assertEquals(check({ ...GOOD, ...change }), []);
  });
}

const FAULTS: readonly [string, Partial<Evidence>, string[]][] = [
  ["a yes that nobody answered for", { ...YES, given: [] }, [ONCE]],
  ["a yes that was a tap on Deny", { ...YES, given: [{ ...gave(""), yes: false, at: 6 }] }, [ONCE]],
  ["a yes that stands for a tap from before it", {
    ...YES,
    given: [{ ...gave(""), yes: true, at: 4 }],
  }, [ONCE]],
  ["a yes that runs after its request", {
    ...YES,
    ...RAN,
    given: [{ ...gave("The user denied this."), yes: false, at: 6 }],
    attempts: [reply(3, 1, "ok T1 hello"), GOES, reply(7, 2, "ok yes")],
  }, ["a bare answer ends with its request"]],
  ["a message without an end", { turns: [], attempts: [] }, [ONCE]],
  ["an answer that never came", { attempts: [] }, [ONCE, WHOLE]],
  ["an answer and a notice for one message", {
    kills: 1,
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, INTERRUPTED, OFFER)],
  }, [ONCE]],
  ["a tap that led to nothing", {
    kills: 1,
    turns: [CUT],
    attempts: [reply(2, 1, INTERRUPTED, OFFER)],
    presses: [{ at: 0, chat: CHAT, messageId: 2, took: "yes" }],
  }, [ONCE]],
  ["a merged message that nobody names", {
    sent: [said("T1", 1), said("T2", 2)],
    prompts: [read("a", "T1 hello\n\nT2 you")],
    attempts: [reply(3, 2, "ok T1 hello")],
  }, [ONCE]],
  ["words on the one edit of a message, said again without a mark", {
    ...EDITED,
    attempts: [
      reply(2, 1, "ok T1 hello"),
      reply(3, 1, CHANGED, { ...OFFER, known: "no" }),
      reply(4, 1, CHANGED, OFFER),
    ],
  }, [REPEATS]],
  ["an edit that nobody was told of", EDITED, [EDITS]],
  ["an edit behind another one, of which alone was told", {
    edits: [{ ...EDITED.edits![0]!, after: 4 }],
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, CHANGED)],
  }, [EDITS]],
  ["a message of a burst that was never heard of", {
    sent: [said("T1", 1, { burst: 1 }), said("T2", 2, { burst: 1 })],
    prompts: [read("b", "T2")],
    turns: [turn("b", "ok T2")],
    attempts: [reply(3, 2, "ok T2")],
  }, [ONCE]],
  ["lost messages behind an answer to others", {
    sent: [said("T1", 1), said("T2", 2), said("T3", 3), said("T4", 4)],
    prompts: [read("d", "T4")],
    turns: [turn("d", "ok T4")],
    attempts: [reply(5, 4, "Answers also: “T3” and 1 more\n\nok T4")],
  }, [ONCE]],
  ["an edit that was run again unasked", {
    ...EDITED,
    prompts: [read("a", "T1 hello"), read("b", "T1 hello, E1")],
    turns: [turn("a", "ok T1 hello"), turn("b", "ok T1 hello, E1")],
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, "ok T1 hello, E1")],
  }, [ONCE, TWICE]],
  ["a forward that went alone, and got no answer", {
    sent: [said("T1", 1, { burst: 1 }), said("T2", 2, { burst: 1 })],
    prompts: [read("a", "T1"), read("b", "T2")],
    turns: [turn("a", "ok T1"), turn("b", "ok T2")],
    attempts: [reply(3, 1, "ok T1")],
  }, [ONCE, WHOLE]],
  ["words to a request that went nowhere", { ...BESIDE, given: [] }, [ONCE]],
  ["words that were given to two requests", {
    ...BESIDE,
    given: [...BESIDE.given!, ...BESIDE.given!],
  }, [ONCE, TWICE]],
  ["words to a request that ran as a prompt, too", {
    ...BESIDE,
    prompts: [...GOOD.prompts, read("b", "T2 not that")],
    turns: [...GOOD.turns, turn("b", "ok T2")],
    attempts: [reply(3, 1, "ok T1 hello"), reply(4, 2, "ok T2")],
  }, [ONCE, TWICE]],
  ["the same behind a restart", {
    ...BESIDE,
    kills: 1,
    prompts: [...GOOD.prompts, read("b", "T2 not that")],
    turns: [CUT, { ...CUT, uuids: ["b"] }],
    attempts: [reply(3, 1, INTERRUPTED, OFFER), reply(4, 2, INTERRUPTED, OFFER)],
  }, [ONCE, TWICE]],
  ["a doubt about words that were given, where nothing died", {
    ...BESIDE,
    attempts: [reply(3, 1, "ok T1 hello"), reply(4, 2, PASSED_ON)],
  }, [ONCE]],
  ["a doubt about words that were given, where Claude did not end", {
    ...BESIDE,
    attempts: [reply(3, 1, "ok T1 hello"), reply(4, 2, ENDED)],
  }, [ONCE]],
  ["words that were given, and of which is said that they were not", {
    ...BESIDE,
    kills: 1,
    attempts: [
      reply(3, 1, "ok T1 hello"),
      reply(4, 2, "Too late: Claude no longer waits for this. Your message was not passed on."),
    ],
  }, [ONCE]],
  ["an edit of words to a request that nobody was told of", {
    ...BESIDE,
    edits: [{ chat: CHAT, messageId: 2, token: "E1", after: 1, times: 1 }],
  }, [EDITS]],
  ["a message of a burst behind words to a request, that was never heard of", {
    ...BESIDE,
    sent: [said("T1", 1), said("T2", 2, { burst: 1 }), said("T3", 3, { burst: 1 })],
  }, [ONCE]],
  ["a prompt that was read twice", {
    prompts: [read("a", "T1 hello"), read("a", "T1 hello")],
  }, [TWICE]],
  ["a message that ran again with another uuid", {
    prompts: [read("a", "T1 hello"), read("b", "T1 hello")],
    turns: [turn("a", "ok T1 hello"), { ...CUT, uuids: ["b"] }],
  }, [TWICE]],
  ["a piece that is missing", {
    turns: [turn("a", "ok T1", LONG)],
    attempts: [reply(2, 1, `ok T1\n\n${LONG.slice(0, 100)}`)],
  }, [WHOLE]],
  ["pieces in the wrong order", {
    turns: [turn("a", "ok T1", "first", "second")],
    attempts: [
      reply(2, 1, "ok T1"),
      post(3, "second", { silent: true }),
      post(4, "first", { silent: true }),
    ],
  }, [WHOLE]],
  ["words that Claude never said", { attempts: [reply(2, 1, "ok T1 hullo")] }, [WHOLE]],
  ["the answer of another message", {
    ...TWO,
    attempts: [reply(3, 1, "ok T2 you"), reply(4, 2, "ok T1 hello")],
  }, [WHOLE]],
  ["a notice of an interruption where nothing was interrupted", {
    attempts: [reply(2, 1, INTERRUPTED, OFFER)],
  }, [WHOLE]],
  ["a repeat without a mark", {
    attempts: [reply(2, 1, "ok T1 hello", { known: "no" }), reply(3, 1, "ok T1 hello")],
  }, [REPEATS]],
  ["a repeat without a reason", {
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, `ok T1 hello${MARK}`)],
  }, [REPEATS]],
  ["a repeat without a reason, whatever died meanwhile", {
    kills: 1,
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, `ok T1 hello${MARK}`)],
  }, [ONCE, WHOLE]],
  ["a mark on the first of all attempts", {
    attempts: [reply(2, 1, `ok T1 hello${MARK}`)],
  }, [REPEATS]],
  ["a mark on what was only refused", {
    attempts: [reply(null, 1, "ok T1 hello"), reply(2, 1, `ok T1 hello${MARK}`)],
  }, [REPEATS]],
  ["an answer that stands there twice, both known", {
    attempts: [reply(2, 1, "ok T1 hello"), reply(3, 1, "ok T1 hello")],
  }, [ONCE, WHOLE]],
  ["prompts that overtook each other", {
    ...TWO,
    prompts: [read("b", "T2 you"), read("a", "T1 hello")],
  }, [ORDER]],
  ["answers that overtook each other", {
    ...TWO,
    attempts: [reply(3, 2, "ok T2 you"), reply(4, 1, "ok T1 hello")],
  }, [ORDER]],
  ["a call within a ban", { broken: ["calledDuringBan: sendMessage"] }, ["limits are kept"]],
  ["a process that runs on", {
    left: { processes: ["17 claude"], open: [], integrity: "ok" },
  }, ["nothing is left behind"]],
  ["a job without an end, and a damaged journal", {
    left: { processes: [], open: ["job 3"], integrity: "row 1 missing" },
  }, ["the journal is consistent"]],
];

for (const [name, change, rules] of FAULTS) {
  Deno.test(`checker: sees ${name}`, () => assertEquals(broken(change), rules));
}

Deno.test("checker: on the way, what waits still is no fault", () => {
  assertEquals(broken({ left: null, turns: [], attempts: [] }), []);
});
