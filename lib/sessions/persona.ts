import { z } from "zod";
import { join } from "@std/path";
import { logger } from "../log/mod.ts";
import { PersonaInvalidError } from "./errors.ts";
import { readRegularFile, UnsafeFileError } from "./safe_file.ts";

const log = logger("sessions");

/** A day in a model's name: such models are withdrawn, and a persona would break with them. */
const DATED = /\d{8}/;

/** The CLI's permission modes. */
const MODES = ["default", "acceptEdits", "plan", "dontAsk", "auto", "bypassPermissions"] as const;
const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;

const settings = z.strictObject({
  /** `null` leaves it to the CLI's own default. */
  model: z.string().min(1)
    .refine((model) => !DATED.test(model), "use an alias (opus, sonnet, haiku), not a dated id")
    .nullable().default(null),
  max_turns: z.int().min(1).max(1000).default(25),
  permission_mode: z.enum(MODES).default("default"),
  allowed_tools: z.array(z.string().min(1)).default([]),
  add_dirs: z.array(z.string().min(1)).default([]),
  effort: z.enum(EFFORTS).nullable().default(null),
});

const schema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().trim().min(1).max(60),
  description: z.string().trim().max(300).default(""),
  system_prompt: z.string().trim().min(1).max(100_000),
  settings: settings.prefault({}),
});

/** A named system prompt with its settings, every default filled in. */
export type Persona = z.infer<typeof schema>;
export type PersonaSettings = Persona["settings"];

/** A persona that is part of the program. */
export function ownPersona(value: unknown): Persona {
  return schema.parse(value);
}

/**
 * A persona from the text of its file. Throws {@linkcode PersonaInvalidError} with the path of each
 * wrong field.
 */
export function parsePersona(text: string, id: string, shownFile: string): Persona {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PersonaInvalidError(id, shownFile, [`not JSON: ${error.message}`]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PersonaInvalidError(id, shownFile, parsed.error.issues.map(problemOf));
}

/** {@linkcode parsePersona} of a file. Throws `Deno.errors.NotFound` too. */
export async function readPersona(
  file: string,
  id: string,
  shownFile: string,
  read: (file: string) => Promise<string> = readRegularFile,
): Promise<Persona> {
  let text: string;
  try {
    text = await read(file);
  } catch (error) {
    if (!(error instanceof UnsafeFileError)) throw error;
    throw new PersonaInvalidError(id, shownFile, [error.message]);
  }
  return parsePersona(text, id, shownFile);
}

/**
 * The persona.json in a session's directory. Throws {@linkcode PersonaInvalidError}, also if it is
 * missing or a link.
 */
export async function readSessionPersona(directory: string, session: string): Promise<Persona> {
  const shownFile = `${session}/persona.json`;
  try {
    return await readPersona(join(directory, "persona.json"), session, shownFile);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PersonaInvalidError(session, shownFile, ["the file is missing"]);
  }
}

/** The text of a session's `persona.json`. */
export const writtenPersona = (persona: Persona): string => JSON.stringify(persona, null, 2) + "\n";

/** True when there is such an effort. */
export const isEffort = (effort: string): boolean => EFFORTS.some((each) => each === effort);

/** True when a session may be in a mode, as far as the settings say so. */
export const isMode = (mode: string, { allowBypass }: ModeRules): boolean =>
  MODES.some((each) => each === mode) && (mode !== "bypassPermissions" || allowBypass);

/** Modes in which Claude may do no more unasked than in `default`. */
export const isNarrow = (mode: string): boolean => ["default", "plan", "dontAsk"].includes(mode);

/** A persona that may do unasked only what `allowed` may, with what was left out, in words. */
export function withinRights(
  persona: Persona,
  allowed: PersonaSettings | null,
): { readonly persona: Persona; readonly refused: readonly string[] } {
  const { permission_mode: mode, allowed_tools: tools, add_dirs: dirs } = persona.settings;
  const isAllowed = isNarrow(mode) || mode === allowed?.permission_mode;
  const [allowedTools, allowedDirs] = [allowed?.allowed_tools ?? [], allowed?.add_dirs ?? []];
  const settings: PersonaSettings = {
    ...persona.settings,
    permission_mode: isAllowed ? mode : "default",
    allowed_tools: tools.filter((tool) => allowedTools.includes(tool)),
    add_dirs: dirs.filter((dir) => allowedDirs.includes(dir)),
  };
  const refused = [
    ...(isAllowed ? [] : [`permission_mode ${mode}`]),
    ...tools.filter((tool) => !allowedTools.includes(tool)).map((tool) => `allowed_tools ${tool}`),
    ...dirs.filter((dir) => !allowedDirs.includes(dir)).map((dir) => `add_dirs ${dir}`),
  ];
  return { persona: { ...persona, settings }, refused };
}

/** What the settings say about permission modes. */
export interface ModeRules {
  /** The mode of sessions that have none of their own. */
  readonly permissionMode: string;
  readonly allowBypass: boolean;
}

/** The rights of a persona, to be used unasked. */
export interface Granted {
  readonly mode: string;
  readonly tools: readonly string[];
  readonly dirs: readonly string[];
}

/**
 * What a session's persona may do unasked: what it was granted, as far as the library's persona still
 * grants it.
 */
export async function grantsOf(
  persona: Persona,
  id: string,
  library: { loadPersona(id: string): Promise<Persona> },
): Promise<Granted> {
  const granted = await library.loadPersona(id).then(({ settings }) => settings, () => null);
  const { persona: { settings: kept } } = withinRights(persona, granted);
  return {
    mode: kept.permission_mode,
    tools: kept.allowed_tools,
    dirs: kept.add_dirs,
  };
}

/**
 * The mode that a session starts in: its own, its persona's, or the settings'. Neither of the first two
 * can switch off the requests unless the settings allow that.
 */
export function permissionModeOf(
  session: string | null,
  persona: string,
  rules: ModeRules,
): string {
  const wanted = session ?? (persona === "default" ? rules.permissionMode : persona);
  if (wanted !== "bypassPermissions" || rules.allowBypass) return wanted;
  log.warn("A session wants bypassPermissions, which the settings do not allow");
  return rules.permissionMode;
}

function problemOf(issue: z.core.$ZodIssue): string {
  return `${issue.path.join(".") || "the whole file"}: ${issue.message}`;
}
