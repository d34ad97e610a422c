import { answeredBy } from "../../../conversation/mod.ts";
import { type Job, joined, type OpenRequest } from "../../../journal/mod.ts";
import { type Action, EARLIER, SETTLED } from "../../buttons.ts";
import type { Context, Pressed, Presses, PressHandler } from "../../context.ts";
import { isOfEarlierSession } from "../../incoming/jobs.ts";
import { settle } from "../requests/meanings.ts";
import { LATE_WORDS, said } from "../requests/reply.ts";
import { settleHeld, stopAndDrop } from "./stopping.ts";
import { lines } from "../../text/formatted.ts";

const NO_LONGER = "Claude no longer waits for this.";

/** The buttons of the queue; each names what it was shown for. */
export const QUEUE_PRESSES: Presses<"queue"> = {
  "queue.cancel": ofJob(waiting(cancel), { earlier: true }),
  "queue.now": ofJob(waiting(sendNow)),
  "queue.rerun": ofJob(rerun),
  "queue.later": ofJob(waiting(({ conversations }, { id, session }) => {
    conversations.of(session).queue.later(id);
    return { toast: "It waits for the end of this turn." };
  })),
  "queue.say": ofJob(waiting(toRequest(pass))),
  "queue.yes": ofJob(
    waiting(toRequest((context, open, _job, also) => settle(context, open, "allow", also))),
  ),
  "queue.no": ofJob(
    waiting(toRequest((context, open, _job, also) => settle(context, open, "deny", also))),
  ),
  "queue.stop": stopAndDrop,
  "queue.release": (context, asker, { stop }) => settleHeld(context, asker, stop, "release"),
  "queue.drop": (context, asker, { stop }) => settleHeld(context, asker, stop, "drop"),
};

type JobAction = Extract<Action, { do: `queue.${string}`; job: number }>;

type ServeJob<A> = (context: Context, job: Job, action: A) => Pressed;

/** A handler about a job of the one who presses, in its place; `earlier`: of an earlier session, too. */
function ofJob<A extends JobAction>(
  serve: ServeJob<A>,
  { earlier = false } = {},
): PressHandler<A> {
  return async (context, asker, action) => {
    const job = context.journal.jobs.get(action.job);
    if (job === undefined || job.place.chat !== asker.place.chat) return { toast: SETTLED };
    if (job.user !== asker.user) return { toast: "Only who wrote this message can do that." };
    if (!earlier && await isOfEarlierSession(context, job)) return { toast: EARLIER };
    return serve(context, context.journal.jobs.get(action.job) ?? job, action);
  };
}

/** The same of a job that has not gone yet. */
function waiting<A extends JobAction>(serve: ServeJob<A>): ServeJob<A> {
  return (context, job, action) =>
    job.state === "waiting" ? serve(context, job, action) : { toast: outOfQueue(job) };
}

type SayTo = (context: Context, open: OpenRequest, job: Job, also: () => void) => string;

/** A waiting message turns out to be the answer to a request: it is one, and waits no more. */
function toRequest(
  say: SayTo,
): ServeJob<Action<"queue.say" | "queue.yes" | "queue.no">> {
  return (context, job, { request }) => {
    const { journal, clock, conversations } = context;
    const { queue } = conversations.of(job.session);
    const open = journal.requests.get(request);
    const isOf = open?.isOpen && open.session === job.session && open.user === job.user;
    if (open === undefined || !isOf) return { toast: NO_LONGER };
    if (!queue.waiting().some((each) => each.id === job.id)) return { toast: outOfQueue(job) };
    const toast = say(context, open, job, () => answeredBy(journal, open, [job], clock.now()));
    queue.show();
    return { toast };
  };
}

/** The words of a job as the answer to a request. */
function pass(context: Context, open: OpenRequest, { text }: Job, also: () => void): string {
  const refusal = said(context, open, text, also);
  return refusal === LATE_WORDS ? NO_LONGER : refusal ?? "Passed on"; // It waits for its turn, as before.
}

const outOfQueue = ({ state }: Job) =>
  state === "done" ? SETTLED : "Too late: Claude has it already.";

function cancel({ conversations }: Context, { id, session }: Job): Pressed {
  const cancelled = conversations.of(session).queue.cancel((job) => job.id === id);
  return { toast: cancelled > 0 ? "Cancelled" : "Too late: it is on its way." };
}

function sendNow({ conversations }: Context, { id, session }: Job): Pressed {
  switch (conversations.of(session).steer(id)) {
    case "sent":
      return { toast: "Handed over: Claude reads it between two steps." };
    case "next":
      return { toast: "It goes next." };
    case "alone":
      return { toast: "A command of Claude Code's runs by itself: it goes next, after this turn." };
    case "elsewhere":
      return { toast: "Somebody else's turn is running: it goes next." };
    case "gone":
      return { toast: "It is on its way already." };
  }
}

/** Makes a new job of a message that was edited after it had run, once, with its newest words. */
function rerun({ journal, clock, conversations }: Context, { id, ...job }: Job): Pressed {
  const pieces = journal.pieces.of(id);
  const { session, place, user, messageId } = job;
  const again = { session, place, user, messageId, text: joined(pieces), away: false };
  const made = journal.transaction(() => {
    if (journal.jobs.get(id)?.rerun !== null) return false;
    const made = journal.jobs.add(again, clock.now());
    journal.pieces.add(made, place.chat, pieces);
    return journal.jobs.rerun(id, made);
  });
  if (!made) return { toast: "That was done already." };
  conversations.wake(session);
  return { toast: "Running again", becomes: lines("It runs again, with its new words.") };
}
