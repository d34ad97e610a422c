import { z } from "zod";
import { alertsSchema } from "./alerts.ts";
import { homelabSchema } from "../homelab/probes.ts";
import { watchesSchema } from "./watches.ts";
import { projectsSchema } from "./projects.ts";

/** How the running turn is shown: edits of one message, drafts, or only the answer. */
const STREAMS = ["edit", "draft", "off"] as const;

/** What `claude --permission-mode` takes. */
export const PERMISSION_MODES = [
  "default",
  "acceptEdits",
  "plan",
  "dontAsk",
  "auto",
  "bypassPermissions",
] as const;

export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Switchboard's own secrets: Claude's environment never carries them, not even when asked to. */
const OWN_VARIABLES = ["TELEGRAM_BOT_TOKEN", "CREDENTIALS_DIRECTORY"];

/** Telegram promises that a user's id has at most 52 significant bits; groups are below zero. */
const userId = z.int({ error: "expected a Telegram user id, a whole number such as 123456789" })
  .positive({ error: "expected a Telegram user id above 0 (numbers below are groups)" })
  .max(2 ** 52, { error: "expected a Telegram user id; no id is that large" });

/** Deno refuses to start a program with such a variable unless it may start any program at all. */
const LOADER_VARIABLE = /^(LD|DYLD)_/;

const filled = z.string().min(1, { error: "expected text that is not empty" });

const httpUrl = z.string().refine(isHttpUrl, {
  error: "expected a URL that begins with https:// or http:// and has no query",
});

const variableName = z.string()
  .refine((name) => VARIABLE_NAME.test(name), {
    error: "expected the name of an environment variable: letters, digits and _",
  })
  .refine((name) => !OWN_VARIABLES.includes(name), {
    error: "this variable belongs to Switchboard alone and is never handed to Claude",
  })
  .refine((name) => !LOADER_VARIABLE.test(name), {
    error: "variables of the dynamic loader are not handed to a program",
  });

const telegram = z.strictObject({
  allowed_users: z.array(userId).default([])
    .describe("Telegram user ids that may use the bot. Nobody else learns that it exists."),
  api_root: httpUrl.default("https://api.telegram.org")
    .describe("The Bot API server; another one for a local server."),
  stream: z.enum(STREAMS).default("edit")
    .describe("How a running turn is shown: edits of one message, drafts, or not at all."),
  token_file: filled.optional()
    .describe("A file that holds the bot token, instead of TELEGRAM_BOT_TOKEN."),
});

const claude = z.strictObject({
  command: z.array(filled).min(1).default(["claude"])
    .describe("The program and its first arguments."),
  permission_mode: z.enum(PERMISSION_MODES).default("default")
    .describe("The permission mode of sessions that choose none."),
  allow_bypass: z.boolean().default(false)
    .describe("Whether a session may be switched to bypassPermissions from the chat."),
  model: filled.nullable().default(null)
    .describe("The model of sessions that choose none, by alias; null leaves it to Claude."),
  idle_minutes: z.number().min(1).max(120).default(10)
    .describe("After so many quiet minutes a process is closed; its session keeps everything."),
  max_processes: z.int().min(1).max(50).default(4)
    .describe("How many processes may be alive at once."),
  max_turns: z.int().min(1).optional()
    .describe("The most steps that one prompt may take; without it the persona decides."),
  watchdog_minutes: z.number().min(1).max(1440).default(5)
    .describe("A turn that says nothing for so long is reported, with a button to stop it."),
  prompt_minutes: z.number().min(1).max(1440).default(30)
    .describe(
      "A request of Claude that nobody answers for so long parks its turn; a tap goes on with it.",
    ),
  budget_usd_per_day: z.number().positive().nullable().default(null)
    .describe("What a day may cost; from then on each message is asked about. Null: no limit."),
  env: z.record(variableName, z.string()).default({})
    .describe("Further environment variables for Claude."),
});

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).default("info").describe("The least level that is logged."),
});

/** The file `switchboard.jsonc`. Every key has a default; who is allowed is checked when it is read. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  telegram: telegram.prefault({}),
  claude: claude.prefault({}),
  homelab: homelabSchema.prefault({}),
  alerts: alertsSchema.prefault({}),
  watches: watchesSchema.prefault({}),
  projects: projectsSchema
    .describe('Directories of yours by name; what one with trust "always" brings is used unasked.'),
  log: log.prefault({}),
});

/** The settings as the file gives them, with the defaults filled in. */
export type SettingsFile = z.output<typeof settingsSchema>;

/** The part of a JSON Schema that this program reads itself. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly [keyword: string]: unknown;
}

/** A JSON Schema (draft 2020-12) of `switchboard.jsonc`, for editors. */
export function settingsJsonSchema(): JsonSchema {
  return z.toJSONSchema(settingsSchema, { io: "input" }) as JsonSchema;
}

function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
}
