/**
 * What the owner decides: `switchboard.jsonc` in the home directory and a few environment variables.
 *
 * The parts that use a setting are handed its value; they import at most the types from here.
 * @module
 */
import { parse as parseJsonc } from "@std/jsonc";
import { join, resolve } from "@std/path";
import { errorText } from "../errors.ts";
import { type Problem, problemsOf, valueAt } from "./problems.ts";
import { type SettingsFile, settingsJsonSchema, settingsSchema } from "./schema.ts";

export { settingsJsonSchema } from "./schema.ts";
export { settingsTemplate } from "./template.ts";
export type { Problem } from "./problems.ts";
export type { SettingsFile } from "./schema.ts";

/** The name of the settings file in the home directory. */
export const SETTINGS_FILE = "switchboard.jsonc";

/** Everything the owner decided, checked, with the defaults filled in. */
export interface Settings extends Omit<SettingsFile, "$schema"> {
  /** The directory that all state lives under. */
  readonly home: string;
  /** The bot token. Secret: it goes to the Bot API client and to the log's redaction only. */
  readonly token: string;
}

/** Where settings come from; handed in, so that tests need neither files nor an environment. */
export interface SettingsSources {
  readonly home: string;
  env(name: string): string | undefined;
  /** Rejects with `Deno.errors.NotFound` for a file that is not there. */
  readTextFile(path: string): Promise<string>;
}

/** The settings cannot be used. The message names every problem, and no secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  constructor(readonly file: string, readonly problems: readonly Problem[]) {
    const lines = problems.map(({ path, text }) =>
      path === "" ? `  ${text}` : `  ${path}: ${text}`
    );
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${count} with the settings (${file} and the environment):\n${lines.join("\n")}`);
  }
}

/**
 * Reads and checks the settings. Without a settings file, `TELEGRAM_BOT_TOKEN` and
 * `SWITCHBOARD_ALLOWED_USERS` (`1,2`; it wins over the file's list) are enough.
 *
 * @throws {SettingsError} naming all problems at once.
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const { file, data, checked, problems } = await checkedFile(sources);
  const users = allowedUsers(sources, checked.data?.telegram.allowed_users ?? null);
  const token = await botToken(sources, tokenFileOf(data));
  problems.push(...users.problems, ...token.problems);
  if (!checked.success || problems.length > 0) throw new SettingsError(file, problems);
  const { $schema: _editorHint, telegram, ...rest } = checked.data;
  return {
    ...rest,
    telegram: {
      ...telegram,
      api_root: telegram.api_root.replace(/\/+$/, ""),
      allowed_users: users.value,
    },
    home: sources.home,
    token: token.value,
  };
}

/**
 * The settings file alone, checked: for tools that need neither the token nor the users.
 *
 * @throws {SettingsError} naming all problems of the file.
 */
export async function loadSettingsFile(
  sources: Pick<SettingsSources, "home" | "readTextFile">,
): Promise<SettingsFile> {
  const { file, checked, problems } = await checkedFile(sources);
  if (!checked.success) throw new SettingsError(file, problems);
  return checked.data;
}

async function checkedFile(sources: Pick<SettingsSources, "home" | "readTextFile">) {
  const file = join(sources.home, SETTINGS_FILE);
  const data = await readFile(sources, file);
  const checked = settingsSchema.safeParse(data);
  const schema = settingsJsonSchema();
  const issues = checked.error?.issues ?? [];
  const problems = issues.flatMap((issue) => problemsOf(issue, data, schema));
  return { file, data, checked, problems };
}

interface Found<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

async function readFile(
  sources: Pick<SettingsSources, "readTextFile">,
  file: string,
): Promise<unknown> {
  let text: string;
  try {
    text = await sources.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw new SettingsError(file, [{ path: "", text: `cannot be read: ${errorText(error)}` }]);
  }
  try {
    return parseJsonc(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new SettingsError(file, [{ path: "", text: syntaxProblem(text, errorText(error)) }]);
  }
}

/** The parser gives an offset; its message may quote what was found there, so it is not passed on. */
function syntaxProblem(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const before = position === undefined ? text.trimEnd() : text.slice(0, Number(position));
  const line = before.split("\n").length;
  const column = before.length - (before.lastIndexOf("\n") + 1) + 1;
  const what = position === undefined ? "the text ends too early" : "something unexpected stands";
  return `is not valid JSON with comments: ${what} at line ${line}, column ${column}`;
}

/** `fromFile` is null when the file has other problems: whether somebody is allowed is then open. */
function allowedUsers(sources: SettingsSources, fromFile: number[] | null): Found<number[]> {
  const name = "SWITCHBOARD_ALLOWED_USERS";
  const listed = sources.env(name)?.trim() ?? "";
  if (listed === "") {
    if (fromFile === null || fromFile.length > 0) return { value: fromFile ?? [], problems: [] };
    const text = "expected at least one Telegram user id, such as [123456789]; " +
      `found none. Nobody is allowed until you name them, here or in ${name}`;
    return { value: [], problems: [{ path: "telegram.allowed_users", text }] };
  }
  const parts = listed.split(/[\s,]+/).filter((part) => part !== "");
  const users = parts.map(Number);
  const valid = users.length > 0 && users.every((id) => Number.isSafeInteger(id) && id > 0);
  if (valid && parts.every((part) => /^\d+$/.test(part))) return { value: users, problems: [] };
  const text = 'expected Telegram user ids with commas between, such as "123456789,987654321"';
  return { value: [], problems: [{ path: name, text }] };
}

/** The first of: the variable, the file that the settings name, systemd's credential. */
async function botToken(
  sources: SettingsSources,
  tokenFile: string | null,
): Promise<Found<string>> {
  const fromVariable = sources.env("TELEGRAM_BOT_TOKEN")?.trim() ?? "";
  if (fromVariable !== "") return checkedToken("TELEGRAM_BOT_TOKEN", fromVariable);
  if (tokenFile !== null) {
    return await tokenFromFile(sources, "telegram.token_file", resolve(sources.home, tokenFile));
  }
  const credentials = sources.env("CREDENTIALS_DIRECTORY") ?? "";
  if (credentials !== "") {
    const file = join(credentials, "telegram_bot_token");
    return await tokenFromFile(sources, "TELEGRAM_BOT_TOKEN", file);
  }
  const text = "expected the bot token that @BotFather gave you; found nothing. " +
    "Set the variable, telegram.token_file, or the systemd credential telegram_bot_token";
  return { value: "", problems: [{ path: "TELEGRAM_BOT_TOKEN", text }] };
}

async function tokenFromFile(
  sources: SettingsSources,
  path: string,
  file: string,
): Promise<Found<string>> {
  try {
    return checkedToken(path, (await sources.readTextFile(file)).trim());
  } catch (error) {
    const text = `expected the bot token in '${file}', which cannot be read: ${errorText(error)}`;
    return { value: "", problems: [{ path, text }] };
  }
}

function checkedToken(path: string, value: string): Found<string> {
  if (/^\d+:[\w-]+$/.test(value)) return { value, problems: [] };
  const text = "expected a bot token, such as 123456789:AAE…; found something else (not shown)";
  return { value: "", problems: [{ path, text }] };
}

/** Read before the check has passed, so that a wrong key elsewhere does not hide a missing token. */
function tokenFileOf(data: unknown): string | null {
  const file = valueAt(data, ["telegram", "token_file"]);
  return typeof file === "string" && file !== "" ? file : null;
}
