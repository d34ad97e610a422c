// deno-lint-ignore-file no-console -- this file talks to the terminal
/** The command line: all that the owner does at a terminal. */
import { parseArgs } from "@std/cli/parse-args";
import { runApp } from "../app/run.ts";
import { HomeError } from "../app/home.ts";
import { JournalError } from "../journal/mod.ts";
import { HomeInUseError } from "../app/home_lock.ts";
import { loadSettings, SETTINGS_FILE, SettingsError, settingsTemplate } from "../settings/mod.ts";
import { TokenError } from "../telegram/mod.ts";

const usage = (version: string) =>
  `Switchboard ${version}: Claude Code from Telegram, for your homelab.

Usage:
  switchboard          run in the current directory, its home
  switchboard init     write a commented ${SETTINGS_FILE} there
  switchboard --version
  switchboard --help

It needs the bot's token: in a file that telegram.token_file of ${SETTINGS_FILE} names, as the systemd
credential telegram_bot_token, or in TELEGRAM_BOT_TOKEN. And the ids of the users who may talk to it:
in telegram.allowed_users, or in SWITCHBOARD_ALLOWED_USERS.`;

/** The request that a command line makes. */
type Asked = "run" | "init" | "help" | "version" | { readonly wrong: string };

function asked(args: readonly string[]): Asked {
  let wrong: string | undefined;
  const flags = parseArgs(args, {
    boolean: ["help", "version"],
    alias: { h: "help", V: "version" },
    unknown: (arg) => {
      if (arg.startsWith("-")) wrong ??= arg;
      return !arg.startsWith("-");
    },
  });
  if (wrong !== undefined) return { wrong };
  if (flags["help"] === true) return "help";
  if (flags["version"] === true) return "version";
  const [command, extra] = flags._;
  if (command === undefined) return "run";
  return command === "init" && extra === undefined ? "init" : { wrong: String(extra ?? command) };
}

/** The program's own version and files. */
export interface Program {
  readonly version: string;
  /** The directory of the personas that come with it. */
  readonly builtinPersonas: string;
}

/** Does what the command line asks for. @returns the exit code. */
export async function main(args: readonly string[], program: Program): Promise<number> {
  const what = asked(args);
  if (typeof what === "object") {
    console.error(`Unknown: '${what.wrong}'.\n\n${usage(program.version)}`);
    return 2;
  }
  switch (what) {
    case "help":
      console.log(usage(program.version));
      return 0;
    case "version":
      console.log(program.version);
      return 0;
    case "init":
      return await init();
    case "run":
      return await run(program);
  }
}

async function init(): Promise<number> {
  try {
    await Deno.writeTextFile(SETTINGS_FILE, settingsTemplate(), { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    console.error(`'${SETTINGS_FILE}' exists already; it was left as it is.`);
    return 2;
  }
  console.log(`Wrote ${SETTINGS_FILE}. Add your Telegram user id to telegram.allowed_users.`);
  return 0;
}

async function run(program: Program): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  try {
    const settings = await loadSettings({
      home: Deno.cwd(),
      env: Deno.env.get,
      readTextFile: Deno.readTextFile,
    });
    await runApp({
      settings,
      ...program,
      env: Deno.env.get,
      console: Deno.stderr.isTerminal(),
      complain: (words) => console.error(words),
    }, stop.signal);
    return 0;
  } catch (error) {
    return explain(error);
  }
}

/** A sentence for what the person at the terminal can mend; the rest is a fault of ours. */
function explain(error: unknown): number {
  if (error instanceof HomeError) {
    console.error(error.message);
    return 1; // Unlike a mistake in the settings it may mend itself: a later start may succeed.
  }
  const known = error instanceof SettingsError || error instanceof HomeInUseError ||
    error instanceof JournalError || error instanceof TokenError;
  if (!known) throw error;
  console.error(error.message);
  return 2;
}
