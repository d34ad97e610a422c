import { cut } from "../../../text.ts";
import { button, byKey, keyboard, keyOf, NOT_YOURS } from "../../buttons.ts";
import type { Command, Presses } from "../../context.ts";
import { bold, concat, lines } from "../../text/formatted.ts";

/** More buttons are more than a thumb wants. */
const SHOWN = 12;
const LABEL = 24;

/** What runs in the background of all sessions, each with a button that stops it. */
export const TASKS: Command = {
  name: "tasks",
  description: "Background tasks, with Stop",
  repeatable: true,
  async run(context, asker) {
    const tasks = context.claude.tasks();
    if (tasks.length === 0) return { text: lines("No background task is running.") };
    const rows = tasks.slice(0, SHOWN).map(({ session, task }, index) =>
      concat(`${index + 1}. `, bold(session), `: ${task.description.slice(0, 200)}`)
    );
    const more = tasks.length > SHOWN ? [`… and ${tasks.length - SHOWN} more.`] : [];
    const buttons = await Promise.all(
      tasks.slice(0, SHOWN).map(async ({ session, task }, index) => [
        button(`⏹ Stop ${index + 1}: ${cut(task.description, LABEL)}`.toWellFormed(), {
          do: "task.stop",
          sessionKey: await keyOf(session),
          user: asker.user,
          task: await keyOf(task.id),
        }),
      ]),
    );
    return {
      text: lines(bold("Background tasks"), ...rows, ...more),
      extra: keyboard(...buttons),
    };
  },
};

export const TASK_PRESSES: Presses<"task"> = {
  async "task.stop"({ claude }, asker, { sessionKey, user, task: key }) {
    if (user !== asker.user) return { toast: NOT_YOURS };
    const ofSession = await byKey(claude.tasks(), ({ session }) => session, sessionKey);
    const inIt = claude.tasks().filter(({ session }) => session === ofSession?.session);
    const found = await byKey(inIt, ({ task }) => task.id, key);
    if (found === undefined) return { toast: "This task is not running any more." };
    const { session, task } = found;
    if (!await claude.stopTask(session, task.id)) {
      return { toast: "Claude Code did not react. Please try again." };
    }
    return {
      toast: "Stopped",
      becomes: concat("⏹ ", bold(session), `: stopped '${task.description}'.`),
    };
  },
};
