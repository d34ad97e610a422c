import type { CallbackQuery } from "grammy/types";
import type { Asker, Context, Reply } from "../context.ts";
import { bold, concat, type FormattedText, lines } from "../text/formatted.ts";
import { edit } from "../previews.ts";
import { PRIORITY } from "../../journal/mod.ts";
import { OLD } from "../prompts/press.ts";
import { byKey, type ControlAction } from "./action.ts";
import { applySetting, RefusedChoiceError } from "./apply.ts";
import { needsWarning, warn } from "./ask.ts";
import { settingOf } from "./choices.ts";

/** A toast, and what takes the place of the buttons' message. */
interface Pressed {
  readonly toast: string;
  readonly becomes?: FormattedText;
}

const NOT_YOURS = "These buttons are for who asked for them.";

/** Serves a press on a button that changes how a session works. */
export async function pressedControl(
  context: Context,
  asker: Asker,
  action: ControlAction,
  query: CallbackQuery,
): Promise<Pressed> {
  switch (action.do) {
    case "choose":
      return await choose(context, asker, action, query);
    case "leave-mode":
      if (action.user !== asker.user) return { toast: NOT_YOURS };
      return { toast: "Left as it was", becomes: lines("The mode stays as it was.") };
    case "stop-task":
      return await stopTask(context, asker, action);
    case "run-anyway":
    case "not-today":
      return decideBudget(context, asker, action);
    default:
      return action satisfies never;
  }
}

/** The session that a key stands for. */
async function sessionOf(context: Context, key: string): Promise<string | undefined> {
  const { sessions } = await context.sessions.list();
  return (await byKey(sessions, ({ name }) => name, key))?.name;
}

async function choose(
  context: Context,
  asker: Asker,
  action: Extract<ControlAction, { do: "choose" }>,
  query: CallbackQuery,
): Promise<Pressed> {
  if (action.user !== asker.user) return { toast: NOT_YOURS };
  const session = await sessionOf(context, action.session);
  if (session === undefined) return { toast: "This session is not there any more." };
  const { what } = action;
  const { choices } = await settingOf(context, session, what);
  const choice = await byKey(choices, ({ value }) => value, action.value);
  if (choice === undefined) return { toast: OLD };
  if (needsWarning(what, choice.value) && !action.sure) {
    show(context, asker, query, await warn(context, asker, session, choice.value));
    return { toast: "Please read this first." };
  }
  try {
    const becomes = await applySetting(context, session, what, choice.value);
    return { toast: `${session}: ${choice.label}`, becomes };
  } catch (error) {
    if (!(error instanceof RefusedChoiceError)) throw error;
    return { toast: error.message };
  }
}

/** The buttons' message becomes another one, with buttons of its own. */
function show(context: Context, { place }: Asker, query: CallbackQuery, reply: Reply): void {
  const id = query.message?.message_id;
  if (id === undefined) return;
  context.outbox.offer(place.chat, {
    key: `message:${id}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call: () => edit(place.chat, id, reply.text, reply.extra),
  });
}

async function stopTask(
  context: Context,
  asker: Asker,
  action: Extract<ControlAction, { do: "stop-task" }>,
): Promise<Pressed> {
  if (action.user !== asker.user) return { toast: NOT_YOURS };
  const ofSession = await byKey(context.claude.tasks(), ({ session }) => session, action.session);
  const inIt = context.claude.tasks().filter(({ session }) => session === ofSession?.session);
  const found = await byKey(inIt, ({ task }) => task.id, action.task);
  if (found === undefined) return { toast: "This task is not running any more." };
  const stopped = await context.claude.stopTask(found.session, found.task.id);
  if (!stopped) return { toast: "Claude Code did not react. Please try again." };
  return {
    toast: "Stopped",
    becomes: concat("⏹ ", bold(found.session), `: stopped '${found.task.description}'.`),
  };
}

function decideBudget(
  context: Context,
  asker: Asker,
  action: Extract<ControlAction, { do: "run-anyway" | "not-today" }>,
): Pressed {
  const { journal, clock, conversations } = context;
  const job = journal.jobs.get(action.job);
  if (job === undefined || job.place.chat !== asker.place.chat) return { toast: OLD };
  if (job.user !== asker.user) return { toast: "Only who wrote it can say that." };
  const run = action.do === "run-anyway";
  const decided = journal.transaction(() => {
    if (journal.jobs.get(job.id)?.state !== "waiting") return false;
    if (!journal.budgetHolds.decide(job.id, run ? "run" : "dropped")) return false;
    if (!run) journal.jobs.done([job.id], "cancelled", clock.now());
    return true;
  });
  if (!decided) return { toast: "This was decided already." };
  conversations.wake(job.session);
  return run ? { toast: "It runs", becomes: lines("💰 Over today's budget, and run anyway.") } : {
    toast: "Not today",
    becomes: lines("💰 Not run: today's budget is used up. Send it again when you want it."),
  };
}
