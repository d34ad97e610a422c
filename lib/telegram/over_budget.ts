import type { Job, NewDelivery } from "../journal/mod.ts";
import { PRIORITY } from "../journal/mod.ts";
import { button, keyboard } from "./buttons.ts";
import { deliveries } from "./compose.ts";
import { type Asker, type Context, OLD, type Pressed, type Presses } from "./context.ts";
import { lines } from "./text/formatted.ts";

/** Asks whether a prompt may run although the day's budget is used up. */
export function overBudget(job: Job, spent: number, budget: number): NewDelivery {
  const text = `💰 Today's budget of $${budget} is used up ($${spent.toFixed(2)}). Run it anyway?`;
  const extra = keyboard([
    button("Run it", { do: "budget.run", job: job.id }),
    button("Not today", { do: "budget.drop", job: job.id }),
  ]);
  const target = { place: job.place, replyTo: job.messageId };
  // As an answer: where the chat was closed to us, it follows when it is open again.
  return deliveries(lines(text), target, { priority: PRIORITY.answer, extra })[0]!;
}

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
