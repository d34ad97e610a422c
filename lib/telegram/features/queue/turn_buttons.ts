import type { CallbackQuery } from "grammy/types";
import { type Action, EARLIER, OLD } from "../../buttons.ts";
import { continuation } from "../../views/composer.ts";
import type { Asker, Context, Pressed, Presses } from "../../context.ts";
import { addFollowUp, isOfEarlierSession } from "../../incoming/jobs.ts";
import { withoutButtons } from "../../outbox/previews.ts";

/** The buttons under a running turn, and under what became of one. */
export const TURN_PRESSES: Presses<"turn"> = {
  "turn.stop": stop,
  "turn.again": repeat,
  "turn.continue": repeat,
  "turn.dismiss": dismiss,
};

/** Stops the very turn that the button was shown for, never a later one. */
function stop(
  context: Context,
  _asker: Asker,
  { turn: id }: Action<"turn.stop">,
): Pressed {
  const turn = context.status.turn(id);
  const conversation = turn && context.conversations.of(turn.session);
  if (!conversation?.busy) return { toast: "This turn is over already." };
  return { toast: "Stopping…", behind: conversation.stop() };
}

/** Takes the buttons of a message away that offers to go on. */
function dismiss(
  { journal, outbox }: Context,
  { place: { chat }, user }: Asker,
  { job: id }: Action<"turn.dismiss">,
  query: CallbackQuery,
): Pressed {
  const job = journal.jobs.get(id);
  const messageId = query.message?.message_id;
  if (job === undefined || job.place.chat !== chat || messageId === undefined) {
    return { toast: OLD };
  }
  if (job.user !== user) return { toast: "Only who asked can drop it." };
  outbox.offer(chat, withoutButtons(chat, messageId));
  return { toast: "Dropped" };
}

/** Makes a new job of one that was interrupted or failed, once. */
async function repeat(
  context: Context,
  asker: Asker,
  action: Action<"turn.again" | "turn.continue">,
): Promise<Pressed> {
  const { journal, conversations } = context;
  const job = journal.jobs.get(action.job);
  if (job === undefined) return { toast: OLD };
  if (job.user !== asker.user) return { toast: "Only who asked can ask again." };
  if (job.state !== "done") return { toast: "It is on its way already." };
  if (await isOfEarlierSession(context, job)) return { toast: EARLIER };
  const text = journal.jobs.siblings(job).map((each) => each.text).join("\n\n");
  const again = action.do === "turn.again" ? text : continuation(text);
  const made = journal.transaction(() => addFollowUp(context, job, again));
  if (made === null) return { toast: "That was done already." };
  conversations.wake(job.session);
  return { toast: action.do === "turn.again" ? "Asking again" : "Continuing" };
}
