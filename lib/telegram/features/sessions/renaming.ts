import type { Command, Context } from "../../context.ts";
import { bold, code, concat, type FormattedText, lines } from "../../text/formatted.ts";

const USAGE = "/rename [old] <new>";

export const RENAME: Command = {
  name: "rename",
  description: "Give a session another name: /rename [old] <new>",
  usage: USAGE,
  repeatable: false,
  async run(context, { place }, args) {
    const words = args.split(/\s+/).filter((word) => word !== "");
    if (words.length < 1 || words.length > 2) {
      return { text: concat("Usage: ", code(USAGE), "\nFor example: ", code("/rename garden")) };
    }
    const to = words.at(-1)!;
    const from = words.length === 2 ? words[0]! : await context.sessions.active(place);
    if (from === null) return { text: concat("There is no session here. Usage: ", code(USAGE)) };
    return { text: await rename(context, from, to) };
  },
};

/** Gives a session another name, its process closed first. @returns what is said of it. */
async function rename(context: Context, from: string, to: string): Promise<FormattedText> {
  const { sessions, conversations, archives, trust, claude } = context;
  await sessions.get(from);
  if (from === to) return concat("It has that name.");
  if (context.claude.tasks().some(({ session }) => session === from)) {
    return concat(bold(from), " has a background task. /tasks ends it, or wait for its report.");
  }
  if (trust.options.always(sessions.directories.path(to))) {
    return lines(`The settings trust whatever lies in a session '${to}'. Take another name.`);
  }
  const done = await conversations.whilePaused(from, to, async () => {
    await context.closeProcess(from);
    await archives.rename(from, to);
    await claude.outdate(from); // One that was just being started ahead of its first prompt.
    return true;
  });
  if (done === null) {
    return concat(bold(from), " is at work. /stop it first, or wait for its answer.");
  }
  const { output } = await sessions.get(to);
  context.outputs.forget(to);
  context.outputs.learn(to, output);
  return lines(
    concat(bold(from), " is ", bold(to), " now."),
    "Its files, its conversation, and what it may do came along; it is current where it was.",
  );
}
