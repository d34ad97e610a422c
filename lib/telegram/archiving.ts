import { SessionNotFoundError } from "../sessions/mod.ts";
import { bytes } from "../units.ts";
import { button, keyboard } from "./buttons.ts";
import type { Command } from "./commands.ts";
import type { Context, Reply } from "./context.ts";
import { BRINGS, bringsThings } from "./trust/news.ts";
import { bold, code, concat, type FormattedText, lines } from "./text/formatted.ts";
import { heldQuestion } from "./queueing.ts";
import { ago } from "./switching.ts";

const LISTED = 8;

export const ARCHIVE: Command = {
  name: "archive",
  description: "Put a session away: /archive <name>",
  usage: "/archive <name>",
  repeatable: true,
  async run(context, _asker, name) {
    if (name === "") return usage("/archive <name>", "/archive proxmox");
    const { created } = await context.sessions.get(name);
    const busy = whyNot(context, name);
    if (busy !== null) return busy;
    return {
      text: concat(
        "Put ",
        bold(name),
        " away? Its files and its conversation go into one archive, which /archives lists and /restore brings back.",
      ),
      extra: keyboard([
        button("Archive it", { do: "archive", session: name, made: madeOf(created) }),
        button("Keep it", { do: "keep", session: name }),
      ]),
    };
  },
};

export const ARCHIVES: Command = {
  name: "archives",
  description: "Sessions that were put away",
  repeatable: true,
  async run(context) {
    const archives = await context.archives.archives();
    if (archives.length === 0) {
      return { text: lines("There are no archives. /archive <name> makes one.") };
    }
    const now = context.clock.now();
    const shown = archives.slice(0, LISTED);
    const rows = shown.map(({ file, size, time }) =>
      concat("• ", code(file), ` · ${bytes(size)} · ${ago(now - time.getTime())}`)
    );
    const more = archives.length > LISTED ? [`… and ${archives.length - LISTED} older ones.`] : [];
    const keys = await Promise.all(shown.map(({ file }) => archiveKey(file)));
    const buttons = shown.map(({ file }, index) => [
      button(`Restore ${file.replace(/\.tar\.gz$/, "")}`, { do: "restore", archive: keys[index]! }),
    ]);
    return { text: lines(bold("Archives"), ...rows, ...more), extra: keyboard(...buttons) };
  },
};

export const RESTORE: Command = {
  name: "restore",
  description: "Bring a session back: /restore <archive>",
  usage: "/restore <archive>",
  repeatable: false,
  async run(context, asker, file) {
    if (file === "") return await ARCHIVES.run(context, asker, "");
    return { text: await restore(context, file) };
  },
};

/** Puts a session away, its process closed first. @returns what is said of it. */
export async function archive(
  context: Context,
  name: string,
  made: string,
): Promise<FormattedText> {
  const { created } = await context.sessions.get(name);
  if (madeOf(created) !== made) throw new SessionNotFoundError(name, []);
  const busy = whyNot(context, name);
  if (busy !== null) return busy.text;
  await context.closeProcess(name);
  const { file, size, files, skipped } = await context.archives.archive(name);
  await context.trust.forget(name);
  return lines(
    concat(bold(name), ` is put away: ${files} files, ${bytes(size)}.`),
    concat("It lies in ", code(`sessions_archive/${file}`), "."),
    ...skipped.slice(0, 5).map((line) => `Left out: ${line}`),
    ...(skipped.length > 5 ? [`… and ${skipped.length - 5} more.`] : []),
  );
}

/** Brings a session back. @returns what is said of it. */
export async function restore(context: Context, file: string): Promise<FormattedText> {
  const { metadata, files } = await context.archives.restore(file);
  const { name, persona } = metadata;
  const text = concat(
    bold(name),
    ` · ${persona} is back with ${files} files. `,
    code(`/session ${name}`),
    " switches to it.",
  );
  return await bringsThings(context, name) ? lines(text, BRINGS) : text;
}

/** Brings back the archive that a button stands for. */
export async function restoreByKey(context: Context, key: string): Promise<FormattedText> {
  for (const { file } of await context.archives.archives()) {
    if (await archiveKey(file) === key) return await restore(context, file);
  }
  return concat("This archive is not there any more. /archives lists those that are.");
}

/** A short name for an archive that fits a button. */
export async function archiveKey(file: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(file));
  return new Uint8Array(digest).slice(0, 12).toHex();
}

/** When a session was made, short enough for a button. */
const madeOf = (created: string) => Date.parse(created).toString(36);

/** Why a session cannot be put away now; what a stop holds back in it is asked about first. */
function whyNot(context: Context, name: string): Reply | null {
  const { jobs } = context.journal;
  if (context.conversations.of(name).busy || jobs.waiting(name).length > 0) {
    return { text: concat(bold(name), " is at work. /stop it first, or wait for its answer.") };
  }
  const held = jobs.queue(name);
  const stop = held.at(-1)?.held;
  if (stop === undefined || stop === null) return null;
  const count = held.filter((job) => job.held === stop).length;
  const { words, extra } = heldQuestion(count, stop);
  return {
    text: lines(concat(bold(name), " cannot be put away yet."), words, "Then /archive it again."),
    extra,
  };
}

const usage = (command: string, example: string): Reply => ({
  text: concat("Usage: ", code(command), "\nFor example: ", code(example)),
});
