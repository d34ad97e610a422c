import type {
  ClaudeRequest,
  PermissionRequest,
  QuestionRequest,
  RequestAnswer,
} from "../../../claude/events.ts";
import { grantKey } from "../../../claude/events.ts";
import type { OpenRequest } from "../../../journal/mod.ts";
import { type Action, OLD } from "../../buttons.ts";
import type { Context, Presses, PressHandler } from "../../context.ts";
import { fitsMessage } from "../../views/requests/grant_words.ts";
import { answerQuestion } from "./answer.ts";
import { consider, isConsidered, unconsider } from "./from_now_on.ts";
import { invite } from "./invite.ts";
import { mean, MEANINGS, NOT_ASKED, TOO_LATE } from "./meanings.ts";
import type { Choice } from "../../views/requests/question.ts";

type RequestAction = Extract<Action, { request: number; do: `request.${string}` }>;

/** The buttons of a request. Each serves one kind of it. */
export const REQUEST_PRESSES: Presses<"request"> = {
  "request.allow": meaning("allow"),
  "request.deny": meaning("deny"),
  "request.start": meaning("start"),
  "request.start-edits": meaning("start-edits"),

  "request.why": invitation("permission"),
  "request.write": invitation("question"),
  "request.revise": invitation("plan"),

  "request.consider": grantable((context, open, request) => {
    consider(context, open, request);
    return "This is what it would allow";
  }),
  "request.unconsider": grantable((context, open) => {
    if (!isConsidered(open)) return OLD;
    unconsider(context, open);
    return "Back";
  }),
  "request.grant": grantable(grant),

  "request.pick": choice(({ question, option }) => ({ act: "pick", question, option })),
  "request.done": choice(({ question }) => ({ act: "done", question })),
  "request.back": choice(({ question }) => ({ act: "back", question })),
  "request.skip": choice(({ question }) => ({ act: "skip", question })),

  "request.decline": closing(
    { kind: "deny", reason: "The user declined." },
    "✗ declined",
    "Declined",
  ),
  "request.dismiss": closing({ kind: "dismiss" }, "✗ cancelled", "Cancelled"),
};

type Serve<Kind extends ClaudeRequest["kind"], A> = (
  context: Context,
  open: OpenRequest,
  request: Extract<ClaudeRequest, { kind: Kind }>,
  action: A,
) => string;

/** A handler of an open request of this kind, by who asked, on the message that shows it. */
function on<Kind extends ClaudeRequest["kind"], A extends RequestAction>(
  kind: Kind,
  serve: Serve<Kind, A>,
): PressHandler<A> {
  return (context, asker, action, query) => {
    const open = context.journal.requests.get(action.request);
    if (open === undefined || open.place.chat !== asker.place.chat) return { toast: OLD };
    if (open.user !== asker.user) return { toast: NOT_ASKED };
    if (!shows(open, query.message?.message_id)) return { toast: OLD };
    if (!open.isOpen) return { toast: `This was settled already: ${open.outcome ?? "closed"}.` };
    const request = open.request as ClaudeRequest;
    if (request.kind !== kind) return { toast: OLD };
    return {
      toast: serve(context, open, request as Extract<ClaudeRequest, { kind: Kind }>, action),
    };
  };
}

/**
 * True when a message is the one that shows a request. A repeat after an unknown outcome has an older
 * twin: both are of this request, so either counts.
 */
function shows({ messageId, repeated }: OpenRequest, pressed: number | undefined): boolean {
  if (messageId === null || pressed === undefined || pressed === messageId) return true;
  return repeated && pressed < messageId;
}

/** An answer that needs no further words. */
function meaning(act: "allow" | "deny" | "start" | "start-edits"): PressHandler<RequestAction> {
  return on(MEANINGS[act].of, (context, open) => {
    const edits = act === "start-edits" ? { words: editsAccepted(context, open.session) } : {};
    return mean(context, open, act, edits);
  });
}

/** The CLI keeps the mode as long as the process lives. */
function editsAccepted({ journal }: Context, session: string): string {
  const seconds = journal.sessions.get(session)?.idle_timeout;
  const idle = seconds === undefined
    ? ""
    : `: after ${Math.round(seconds / 60)} min idle, or /mode`;
  return `✓ started; edits are accepted until this process ends${idle}`;
}

/** The person's next message is the answer. */
function invitation(kind: ClaudeRequest["kind"]): PressHandler<RequestAction> {
  return on(kind, (context, open) => invite(context, open, kind));
}

/** A step to a grant, of what can be granted and shown whole. */
function grantable(serve: Serve<"permission", RequestAction>): PressHandler<RequestAction> {
  return on("permission", (context, open, request, action) => {
    const fits = request.grantable !== null && fitsMessage(request.grantable);
    return fits ? serve(context, open, request, action) : OLD;
  });
}

/** What it allows has been on display before the tap that gives it. */
function grant(context: Context, open: OpenRequest, request: PermissionRequest): string {
  if (!isConsidered(open) || request.grantable === null) return OLD;
  const { session, user } = open;
  const what = grantKey(request.grantable);
  const { journal, clock, conversations } = context;
  const given = conversations.of(session).answer(
    open,
    { kind: "allow" },
    "✓ allowed from now on",
    () => journal.grants.add({ session, what, user }, clock.now()),
  );
  return given ? "Allowed from now on; /allowed takes it back" : TOO_LATE;
}

/** A form is closed without an answer. */
function closing(answer: RequestAnswer, words: string, toast: string): PressHandler<RequestAction> {
  return on("question", ({ conversations }, open, request) => {
    if (request.form === undefined) return OLD;
    return conversations.of(open.session).answer(open, answer, words) ? toast : TOO_LATE;
  });
}

/** A tap on one of the answers to a question. */
function choice<A extends RequestAction>(made: (action: A) => Choice): PressHandler<A> {
  return on(
    "question",
    (context, open, request, action) => choose(context, open, request, made(action)),
  );
}

function choose(
  context: Context,
  open: OpenRequest,
  request: QuestionRequest,
  choice: Choice,
): string {
  switch (answerQuestion(context, open, request, choice)) {
    case "refused":
      return choice.act === "done"
        ? "Tap at least one, or reply with your own answer."
        : "That question is answered already.";
    case "noted":
      return choice.act === "back" ? "Back" : "Noted";
    case "answered":
      return "Answered";
    case "late":
      return TOO_LATE;
  }
}
