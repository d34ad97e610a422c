import type { Job } from "../../../journal/mod.ts";
import { type Action, EARLIER, OLD } from "../../buttons.ts";
import type { Asker, Context, Pressed } from "../../context.ts";
import type { Presses, PressHandler } from "../../context.ts";
import { bold, concat, lines } from "../../text/formatted.ts";
import { addFollowUp, isOfEarlierSession } from "../../incoming/jobs.ts";

/** The buttons about a session's process and its conversation. */
export const LIFECYCLE_PRESSES: Presses<"lifecycle"> = {
  "lifecycle.end": end,
  "lifecycle.try": ofJob(tryAgain),
  "lifecycle.afresh": ofJob(startAfresh),
};

/** A handler about a job of the one who presses, in its place and its session. */
function ofJob(
  serve: (context: Context, job: Job) => Pressed | Promise<Pressed>,
): PressHandler<Action<"lifecycle.try" | "lifecycle.afresh">> {
  return async (context, asker, action) => {
    const job = context.journal.jobs.get(action.job);
    if (job === undefined || job.place.chat !== asker.place.chat) return { toast: OLD };
    if (job.user !== asker.user) return { toast: "Only who wrote this message can do that." };
    if (await isOfEarlierSession(context, job)) return { toast: EARLIER };
    return await serve(context, job);
  };
}

/** Ends the process under the very turn that the button was shown for. */
function end(
  { status, conversations }: Context,
  asker: Asker,
  { turn: turnId }: { readonly turn: string },
): Pressed {
  const turn = status.turn(turnId);
  const conversation = turn && conversations.of(turn.session);
  if (conversation?.turn?.id !== turnId) return { toast: "This turn is over already." };
  if (turn?.user !== asker.user) return { toast: "Only who asked Claude can end it." };
  const becomes = concat("⏹ Ending the process of ", bold(turn.session), "…");
  return { toast: "Ending it…", becomes, behind: conversation.stop("end") };
}

/** What crashes hold back is tried now instead of later; this one itself may be taken back by now. */
function tryAgain({ conversations, journal }: Context, { session, state, held }: Job): Pressed {
  if (state === "submitted") return { toast: "It is on its way already." };
  if (held !== null) return { toast: "A stop holds it back: run it from there." };
  if (journal.jobs.waiting(session).length === 0) return { toast: "Nothing waits any more." };
  if (!conversations.tryAgain(session)) return { toast: "It is being tried already." };
  return { toast: "Trying again…", becomes: concat("Trying ", bold(session), " again…") };
}

/**
 * Runs a prompt in a new conversation of its session, once. The old one's id stays in the session's
 * metadata. What was lost before another's fresh start simply runs in that one. What was taken back
 * does not run: then it is the others that go on afresh.
 */
async function startAfresh(context: Context, job: Job): Promise<Pressed> {
  const { journal, conversations } = context;
  const { session } = job;
  const id = conversations.options.uuid();
  const afresh = journal.jobs.begunAfresh(session) <= job.id;
  const made = journal.transaction(() => {
    const first = firstAfresh(context, job);
    if (first === null || !afresh) return first;
    journal.jobs.beginAfresh(first);
    journal.sessions.converse(session, id);
    return first;
  });
  if (made === null) return { toast: "That was done already." };
  try {
    if (afresh) await renew(context, session);
  } finally {
    conversations.tryAgain(session);
  }
  return { toast: afresh ? "Starting afresh" : "Asking again, in the fresh conversation" };
}

/** The job that goes when a message's session starts afresh; null when there is nothing to do. */
function firstAfresh(context: Context, job: Job): number | null {
  const { jobs } = context.journal;
  const { id, session, state, outcome, promptId } = job;
  const begun = jobs.begunAfresh(session);
  if (state === "done" && outcome !== "cancelled") { // It was lost; of one that went nothing is made.
    const text = jobs.siblings(job).map((each) => each.text).join("\n\n");
    return promptId === null ? addFollowUp(context, job, text) : null;
  }
  // Crashes held it back. Where one behind it went, the conversation goes on again.
  if (state === "submitted" || jobs.wentSince(session, id)) return null;
  const first = state === "waiting" ? id : jobs.waiting(session)[0]?.id ?? null;
  return first === begun || (state === "done" && begun > id) ? null : first;
}

/** The session's process ends with the conversation that is lost. */
async function renew({ sessions, claude }: Context, session: string) {
  await claude.outdate(session);
  await sessions.refresh(session);
}

/** The buttons of a prompt that the day's budget holds back. */
export const BUDGET_PRESSES: Presses<"budget"> = {
  "budget.run"(context, asker, { job }) {
    const becomes = lines("💰 Over today's budget, and run anyway.");
    return decide(context, asker, job, "run") ?? { toast: "It runs", becomes };
  },
  "budget.drop"(context, asker, { job }) {
    const becomes = lines(
      "💰 Not run: today's budget is used up. Send it again when you want it.",
    );
    return decide(context, asker, job, "dropped") ?? { toast: "Not today", becomes };
  },
};

/** Decides about a job that the budget holds, once. @returns why it cannot; null when it is decided. */
function decide(
  { journal, clock, conversations }: Context,
  asker: Asker,
  id: number,
  how: "run" | "dropped",
): Pressed | null {
  const job = journal.jobs.get(id);
  if (job === undefined || job.place.chat !== asker.place.chat) return { toast: OLD };
  if (job.user !== asker.user) return { toast: "Only who wrote it can say that." };
  const decided = journal.transaction(() => {
    if (journal.jobs.get(id)?.state !== "waiting") return false;
    if (!journal.budgetHolds.decide(id, how)) return false;
    if (how === "dropped") journal.jobs.done([id], "cancelled", clock.now());
    return true;
  });
  if (!decided) return { toast: "This was decided already." };
  conversations.wake(job.session);
  return null;
}
