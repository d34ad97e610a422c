import { SessionNotFoundError } from "../../../sessions/mod.ts";
import { bytes } from "../../../units.ts";
import { button, byKey, keyboard, keyOf } from "../../buttons.ts";
import type { Command, Context, Presses, Reply } from "../../context.ts";
import { BRINGS, bringsThings } from "../trust/news.ts";
import { bold, code, concat, type FormattedText, lines } from "../../text/formatted.ts";
import { heldQuestion } from "../queue/stopping.ts";
import { ago } from "./switching.ts";

const LISTED = 8;
/** How much of an archive's digest its button has. */
const KEY_BYTES = 12;

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
        button("Archive it", { do: "archive.make", session: name, made: madeOf(created) }),
        button("Keep it", { do: "archive.keep", session: name }),
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
    const keys = await Promise.all(shown.map(({ file }) => keyOf(file, KEY_BYTES)));
    const buttons = shown.map(({ file }, index) => [
      button(`Restore ${file.replace(/\.tar\.gz$/, "")}`, {
        do: "archive.restore",
        archive: keys[index]!,
      }),
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

export const ARCHIVE_PRESSES: Presses<"archive"> = {
  "archive.make": (context, _asker, { session, made }) => ({
    toast: "Archiving…",
    becomes: concat("Putting ", bold(session), " away…"),
    then: archive(context, session, made),
  }),
  "archive.keep": (_context, _asker, { session }) => ({
    toast: "Kept",
    becomes: concat(bold(session), " stays where it is."),
  }),
  "archive.restore": (context, _asker, { archive }) => ({
    toast: "Restoring…",
    then: restoreByKey(context, archive),
  }),
};

/** Puts a session away, its process closed first. @returns what is said of it. */
async function archive(
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
async function restoreByKey(context: Context, key: string): Promise<FormattedText> {
  const found = await byKey(await context.archives.archives(), ({ file }) => file, key);
  return found === undefined
    ? concat("This archive is not there any more. /archives lists those that are.")
    : await restore(context, found.file);
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
