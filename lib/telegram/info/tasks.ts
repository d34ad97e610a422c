import { cut } from "../../text.ts";
import { button, keyboard } from "../buttons.ts";
import type { Command } from "../commands.ts";
import { bold, concat, lines } from "../text/formatted.ts";
import { keyOf } from "../settings/action.ts";

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
          do: "stop-task",
          session: await keyOf(session),
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
