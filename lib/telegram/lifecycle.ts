import type { Job } from "../journal/mod.ts";
import type { Asker, Context } from "./context.ts";
import { bold, concat, type FormattedText } from "./formatted.ts";
import { addFollowUp } from "./jobs.ts";
import type { LifecycleAction } from "./lifecycle_action.ts";
import { OLD } from "./prompts/press.ts";

/** What a press led to. */
interface Pressed {
  readonly toast: string;
  readonly becomes?: FormattedText;
  readonly behind?: Promise<unknown>;
}

/** Serves a button about a session's process or its conversation. */
export async function pressedLifecycle(
  context: Context,
  asker: Asker,
  action: LifecycleAction,
): Promise<Pressed> {
  if (action.act === "end") return end(context, asker, action.turn);
  const job = context.journal.jobs.get(action.job);
  if (job === undefined || job.place.chat !== asker.place.chat) return { toast: OLD };
  if (job.user !== asker.user) return { toast: "Only who wrote this message can do that." };
  return action.act === "try" ? tryAgain(context, job) : await startAfresh(context, job);
}

/** Ends the process under the very turn that the button was shown for. */
function end({ status, conversations }: Context, asker: Asker, turnId: string): Pressed {
  const turn = status.turn(turnId);
  const conversation = turn && conversations.of(turn.session);
  if (conversation?.turn?.id !== turnId) return { toast: "This turn is over already." };
  if (turn?.user !== asker.user) return { toast: "Only who asked Claude can end it." };
  const becomes = concat("⏹ Ending the process of ", bold(turn.session), "…");
  return { toast: "Ending it…", becomes, behind: conversation.stop("end") };
}

/** What crashes hold back is tried now instead of later; this one itself may be taken back by now. */
function tryAgain({ conversations, journal }: Context, { session, state }: Job): Pressed {
  if (state === "submitted") return { toast: "It is on its way already." };
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
  const text = journal.jobs.siblings(job).map((each) => each.text).join("\n\n");
  const id = conversations.options.uuid();
  const afresh = journal.jobs.begunAfresh(session) <= job.id;
  const made = journal.transaction(() => {
    // One that crashes hold back has not ended: it goes itself. Of one that went, nothing is made.
    const unsent = job.promptId === null && journal.jobs.begunAfresh(session) !== job.id;
    const held = unsent && (job.state === "waiting" || (job.outcome === "cancelled" && afresh));
    const lost = unsent && job.state === "done" && job.outcome !== "cancelled";
    const followUp = lost ? addFollowUp(context, job, text) : held ? job.id : null;
    if (followUp === null || !afresh) return followUp;
    journal.jobs.beginAfresh(followUp);
    journal.conversationIds.note(session, id); // Told to the metadata also after a crash.
    return followUp;
  });
  if (made === null) return { toast: "That was done already." };
  try {
    if (afresh) await renew(context, session, id);
  } finally {
    conversations.tryAgain(session);
  }
  return { toast: afresh ? "Starting afresh" : "Asking again, in the fresh conversation" };
}

/** The session has another conversation from now on. */
async function renew({ journal, sessions, claude }: Context, session: string, id: string) {
  await claude.outdate(session);
  await sessions.update(session, { claude_session_id: id });
  journal.conversationIds.written(session, id);
}
