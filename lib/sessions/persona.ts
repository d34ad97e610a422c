import { z } from "zod";
import { join } from "@std/path";
import { PersonaInvalidError } from "./errors.ts";
import { readRegularFile, UnsafeFileError, writeAtomically } from "./safe_file.ts";

/** A day in a model's name: such models are withdrawn, and a persona would break with them. */
const DATED = /\d{8}/;

const settings = z.strictObject({
  /** `null` leaves it to the CLI's own default. */
  model: z.string().min(1)
    .refine((model) => !DATED.test(model), "use an alias (opus, sonnet, haiku), not a dated id")
    .nullable().default(null),
  max_turns: z.int().min(1).max(1000).default(25),
  permission_mode: z.enum([
    "default",
    "acceptEdits",
    "plan",
    "dontAsk",
    "auto",
    "bypassPermissions",
  ]).default("default"),
  allowed_tools: z.array(z.string().min(1)).default([]),
  add_dirs: z.array(z.string().min(1)).default([]),
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullable().default(null),
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
 * A persona from its file. Throws {@linkcode PersonaInvalidError} with the path of each wrong
 * field, and `Deno.errors.NotFound`.
 */
export async function readPersona(
  file: string,
  id: string,
  shownFile: string,
  read: (file: string) => Promise<string> = readRegularFile,
): Promise<Persona> {
  const invalid = (problem: string) => new PersonaInvalidError(id, shownFile, [problem]);
  let value: unknown;
  try {
    value = JSON.parse(await read(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`not JSON: ${error.message}`);
    if (error instanceof UnsafeFileError) throw invalid(error.message);
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PersonaInvalidError(id, shownFile, parsed.error.issues.map(problemOf));
}

/**
 * The copy in a session's directory. Throws {@linkcode PersonaInvalidError}, also if it is missing
 * or a link.
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

/** Writes the copy of a persona into a session's directory. */
export async function writePersona(directory: string, persona: Persona): Promise<void> {
  await writeAtomically(join(directory, "persona.json"), JSON.stringify(persona, null, 2) + "\n");
}

function problemOf(issue: z.core.$ZodIssue): string {
  return `${issue.path.join(".") || "the whole file"}: ${issue.message}`;
}
