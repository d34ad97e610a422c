import type { Job, NewDelivery } from "../journal/mod.ts";
import { PRIORITY } from "../journal/mod.ts";
import { button, keyboard } from "./buttons.ts";
import { deliveries } from "./compose.ts";
import { lines } from "./text/formatted.ts";

/** Asks whether a prompt may run although the day's budget is used up. */
export function overBudget(job: Job, spent: number, budget: number): NewDelivery {
  const text = `💰 Today's budget of $${budget} is used up ($${spent.toFixed(2)}). Run it anyway?`;
  const extra = keyboard([
    button("Run it", { do: "run-anyway", job: job.id }),
    button("Not today", { do: "not-today", job: job.id }),
  ]);
  const target = { place: job.place, replyTo: job.messageId };
  // As an answer: where the chat was closed to us, it follows when it is open again.
  return deliveries(lines(text), target, { priority: PRIORITY.answer, extra })[0]!;
}
