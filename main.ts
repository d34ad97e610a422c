// deno-lint-ignore-file no-console -- this file talks to the terminal
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import config from "./deno.json" with { type: "json" };
import { runApp } from "./lib/app/run.ts";
import { HomeError } from "./lib/app/home.ts";
import { JournalError } from "./lib/journal/mod.ts";
import { HomeInUseError } from "./lib/app/home_lock.ts";
import {
  loadSettings,
  SETTINGS_FILE,
  SettingsError,
  settingsTemplate,
} from "./lib/settings/mod.ts";
import { TokenError } from "./lib/telegram/mod.ts";

const USAGE = `Switchboard ${config.version}: Claude Code from Telegram, for your homelab.

Usage:
  switchboard          run in the current directory, its home
  switchboard init     write a commented ${SETTINGS_FILE} there
  switchboard --version
  switchboard --help

It needs the bot's token: in a file that telegram.token_file of ${SETTINGS_FILE} names, as the systemd
credential telegram_bot_token, or in TELEGRAM_BOT_TOKEN. And the ids of the users who may talk to it:
in telegram.allowed_users, or in SWITCHBOARD_ALLOWED_USERS.`;

/** What the command line asks for. */
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

async function main(): Promise<number> {
  const what = asked(Deno.args);
  if (typeof what === "object") {
    console.error(`Unknown: '${what.wrong}'.\n\n${USAGE}`);
    return 2;
  }
  switch (what) {
    case "help":
      console.log(USAGE);
      return 0;
    case "version":
      console.log(config.version);
      return 0;
    case "init":
      return await init();
    case "run":
      return await run();
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

async function run(): Promise<number> {
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
    const builtinPersonas = join(import.meta.dirname ?? ".", "personas");
    await runApp({
      settings,
      builtinPersonas,
      version: config.version,
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

// A lock that is still being waited for would hold the process open.
if (import.meta.main) Deno.exit(await main());
