import { isAbsolute } from "@std/path";
import { z } from "zod";
import { homelabSchema } from "../homelab/probes.ts";

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
    .describe(
      "The ids of the Telegram users who may use the bot (@userinfobot tells yours). Nobody else " +
        "gets an answer. Required: an empty list does not mean everyone.",
    ),
  token_file: filled.optional().meta({
    description: "A file that holds the bot token, instead of TELEGRAM_BOT_TOKEN.",
    example: "bot-token",
  }),
  api_root: httpUrl.default("https://api.telegram.org")
    .describe("The Bot API server; another one for a local server."),
  stream: z.enum(STREAMS).default("edit")
    .describe(
      'How a running turn is shown: "edit" one message, "draft", or "off" for the answer alone.',
    ),
});

const claude = z.strictObject({
  command: z.array(filled).min(1).default(["claude"])
    .describe("The program and its first arguments."),
  permission_mode: z.enum(PERMISSION_MODES).default("default")
    .describe(`For sessions that choose none: ${PERMISSION_MODES.join(", ")}.`),
  allow_bypass: z.boolean().default(false)
    .describe(
      "Whether a session may be switched to bypassPermissions from the chat, after a warning.",
    ),
  model: filled.nullable().default(null)
    .describe('For sessions that choose none: an alias such as "opus"; null leaves it to Claude.'),
  idle_minutes: z.number().min(1).max(120).default(10)
    .describe(
      "After so many quiet minutes (1 to 120) a process is closed; its session keeps everything.",
    ),
  max_processes: z.int().min(1).max(50).default(4)
    .describe("How many processes may be alive at once (1 to 50)."),
  max_turns: z.int().min(1).optional().meta({
    description: "The most steps that one prompt may take; without it the persona decides.",
    example: 50,
  }),
  watchdog_minutes: z.number().min(1).max(1440).default(5)
    .describe("A turn that says nothing for so long is reported, with a button to stop it."),
  prompt_minutes: z.number().min(1).max(1440).default(30)
    .describe(
      "A request of Claude that nobody answers for so long parks its turn; a tap goes on with it.",
    ),
  budget_usd_per_day: z.number().positive().nullable().default(null)
    .describe(
      "What a day may cost in US dollars: warned of at 80 %, then each message is asked about. " +
        "Null: no limit.",
    ),
  env: z.record(variableName, z.string()).default({})
    .describe("Further environment variables for Claude."),
});

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const TIME_SPAN = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

/** Alerts: news of the homelab that nobody asked for. */
const alerts = z.strictObject({
  enabled: z.boolean().default(false)
    .describe("Whether trouble is reported without being asked."),
  every_minutes: z.int().min(1).max(1440).default(5)
    .describe("How often the services are looked at."),
  quiet_hours: z.string().regex(TIME_SPAN, { error: 'expected a span such as "23:00-07:00"' })
    .nullable().default("23:00-07:00")
    .describe("Alerts wait until this span of the day is over; null for none."),
  digest_at: z.string().regex(TIME, { error: 'expected a time such as "08:00"' })
    .nullable().default("08:00")
    .describe("When the daily digest is sent; null for never."),
});

const path = z.string().refine((text) => isAbsolute(text) && !/[\n\0]/.test(text), {
  error: "expected the absolute path of a file",
});

const command = z.string().refine((text) => text.trim() === text && /^[^\n\0]+$/.test(text), {
  error: "expected one command on one line, exactly as it is to be run",
});

/** The paths and commands that a watch may look at, word for word: nobody is there to be asked. */
const watches = z.strictObject({
  paths: z.array(path).max(100).default([])
    .describe("Files that a watch may read, by their absolute paths."),
  commands: z.array(command).max(100).default([])
    .describe(
      'Commands that a watch may run beside its own few, such as "systemctl --failed", each exactly ' +
        "as it stands here. Their output goes to a model that may believe what it reads there: name " +
        "none that shows a secret.",
    ),
});

const directory = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, {
  error: "expected a directory below home, such as sessions/infra",
});

/** A directory that the owner names; `trust` says what of it counts without a tap. */
const project = z.union([
  directory,
  z.strictObject({
    directory,
    trust: z.enum(["ask", "always"]).default("ask"),
  }),
], { error: 'expected a directory, or { "directory": …, "trust": "always" }' });

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).default("info")
    .describe(`The least level that is logged: ${LOG_LEVELS.join(", ")}.`),
});

/** The file `switchboard.jsonc`. Every key has a default; who is allowed is checked when it is read. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  telegram: telegram.prefault({}),
  claude: claude.prefault({}),
  homelab: homelabSchema.prefault({}),
  alerts: alerts.prefault({}),
  watches: watches.prefault({}),
  projects: z.record(z.string(), project).default({})
    .describe(
      'Directories of yours by name, below home. With "trust": "always" what one brings (hooks, ' +
        "servers, rules) is used as it is at each start, without a tap: " +
        '{ "infra": { "directory": "sessions/infra", "trust": "always" } }.',
    ),
  log: log.prefault({}),
});

/** The settings as the file gives them, with the defaults filled in. */
export type SettingsFile = z.output<typeof settingsSchema>;

/** The part of a JSON Schema that this program reads itself. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  /** What stands in the template where there is no default. */
  readonly example?: unknown;
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
