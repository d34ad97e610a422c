import { z } from "zod";
import { dirname, join } from "@std/path";
import { errorText } from "../errors.ts";
import type { SessionRecord } from "../journal/mod.ts";
import { MetadataError } from "./errors.ts";
import { readRegularFile, writeAtomically } from "./safe_file.ts";

/** A conversation id of the CLI. Strict, since it becomes the name of a file. */
const ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const conversationId = z.string().regex(new RegExp(`^${ID}$`), "expected a UUID");

/** Every conversation that a text names, readable or not. */
export const idsIn = (text: string): string[] => text.match(new RegExp(ID, "g")) ?? [];

const schema = z.object({
  name: z.string(),
  created: z.iso.datetime({ offset: true }),
  last_active: z.iso.datetime({ offset: true }),
  persona: z.string(),
  status: z.enum(["idle", "active", "suspended"]).default("idle"),
  pid: z.int().positive().nullable().default(null),
  claude_session_id: conversationId.nullable().default(null),
  idle_timeout: z.number().nonnegative(),
  output: z.string().min(1).default("normal"),
  model: z.string().min(1).nullable().default(null),
  permission_mode: z.string().min(1).nullable().default(null),
  effort: z.string().min(1).nullable().default(null),
  claude_session_ids: z.array(conversationId).default([]),
});

/** What is known of a session, as `metadata.json` shows it. */
export type Metadata = z.infer<typeof schema>;

/** `idle`: no process; `active`: alive and current somewhere; `suspended`: alive, current nowhere. */
export type Status = Metadata["status"];

/** What may be changed from outside; the rest follows from what happens to the session. */
export type MetadataPatch = Partial<
  Pick<
    Metadata,
    "claude_session_id" | "idle_timeout" | "output" | "model" | "permission_mode" | "effort"
  >
>;

/** The status that follows from whether a process lives and whether any place shows the session. */
export function statusOf(pid: number | null, current: boolean): Status {
  if (pid === null) return "idle";
  return current ? "active" : "suspended";
}

/**
 * `before` with a patch. Every conversation id that the session ever had is kept, because each has
 * a transcript that belongs to it.
 */
export function patched<
  T extends Pick<SessionRecord, "claude_session_id" | "claude_session_ids">,
>(
  before: T,
  patch: MetadataPatch,
): T {
  const after = { ...before, ...patch };
  const id = after.claude_session_id;
  const known = before.claude_session_ids;
  return id === null || known.includes(id)
    ? after
    : { ...after, claude_session_ids: [...known, id] };
}

/** Throws {@linkcode MetadataError} for what metadata cannot hold. */
export function checkMetadata(metadata: Metadata): void {
  const checked = schema.safeParse(metadata);
  if (checked.success) return;
  const fields = checked.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new MetadataError(metadata.name, `refusing to write wrong values for ${fields}.`);
}

/**
 * The metadata that a text holds. Throws {@linkcode MetadataError} if it does not parse, or belongs
 * to a session of another name.
 */
export function readMetadata(text: string, session: string): Metadata {
  const parsed = schema.safeParse(parseJson(text, session));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      `${issue.path.join(".")}: ${issue.message}`
    );
    throw new MetadataError(session, `metadata.json: ${problems.join("; ")}`);
  }
  // A copied directory would have two sessions write to one conversation.
  if (parsed.data.name !== session) {
    throw new MetadataError(session, `metadata.json is that of session '${parsed.data.name}'.`);
  }
  return parsed.data;
}

function parseJson(text: string, session: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetadataError(session, `metadata.json is not JSON: ${errorText(error)}`);
  }
}

/** The text of `metadata.json`. */
export const writtenMetadata = (metadata: Metadata): string =>
  JSON.stringify(metadata, null, 2) + "\n";

/** A record as it is shown, with its process and whether it is current anywhere. */
export function metadataOf(
  record: Omit<SessionRecord, "granted" | "settings_shown" | "persona_shown">,
  pid: number | null,
  isCurrent: boolean,
): Metadata {
  const { name, created, last_active, persona, claude_session_id, claude_session_ids } = record;
  const { idle_timeout, output, model, permission_mode, effort } = record;
  return {
    ...{ name, created, last_active, persona, status: statusOf(pid, isCurrent), pid },
    ...{ claude_session_id, idle_timeout, output, model, permission_mode, effort },
    claude_session_ids: [...claude_session_ids],
  };
}

/** What became of a metadata.json that could not be read. */
export interface Repaired {
  readonly metadata: Metadata;
  /** The fields that could not be read, and are as in a new session. */
  readonly lost: readonly string[];
  /** The session whose metadata it was, if its directory was copied from that; else null. */
  readonly original: string | null;
  /** The name of the damaged file, which is kept; null when it was missing. */
  readonly kept: string | null;
}

const IDLE_S = 600;

/**
 * Makes a new `metadata.json` for a session whose own cannot be read, with all that can still be
 * found in that. The damaged file stays beside it; nothing else is touched. A copied session leaves
 * the conversations to its original: two cannot write to one.
 * @param noted the conversation's id as something else knows it; it counts more than the file's.
 */
export async function repairMetadata(
  directory: string,
  session: string,
  now: Date,
  noted: string | null,
): Promise<Repaired> {
  const file = join(directory, "metadata.json");
  const text = await readRegularFile(file, dirname(directory)).catch(() => "");
  const found: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema.shape).flatMap(([field, allowed]) => {
      const value = valueOf(text, field);
      return value !== undefined && allowed.safeParse(value).success ? [[field, value]] : [];
    }),
  );
  const original = typeof found.name === "string" && found.name !== session ? found.name : null;
  const ids = original === null ? idsIn(text) : [];
  if (original !== null) delete found.claude_session_id;
  const named = "claude_session_id" in found ? found.claude_session_id : ids.at(-1); // The newest.
  const id = noted ?? named ?? null;
  if (id !== null) found.claude_session_id = id;
  const lost = SETTINGS.filter((field) => !Object.hasOwn(found, field));
  const metadata = schema.parse({
    // Jobs of this session are newer than its directory: its conversation is known to have begun.
    created: ((await Deno.stat(directory)).birthtime ?? now).toISOString(),
    last_active: now.toISOString(),
    persona: "default",
    idle_timeout: IDLE_S,
    ...found,
    ...{ name: session, status: "idle", pid: null },
    // With none, jobs from before belong to one that is lost: the next is not to be resumed.
    ...(id === null ? { created: now.toISOString() } : {}),
    claude_session_ids: [...new Set(id === null ? ids : [...ids, id])],
  });
  const kept = await putAside(directory, now);
  await writeAtomically(file, writtenMetadata(metadata), { root: dirname(directory) });
  return { metadata, lost, original, kept };
}

/** Fields whose loss a person notices. */
const SETTINGS = [
  "persona",
  "claude_session_id",
  "idle_timeout",
  "output",
  "model",
  "permission_mode",
  "effort",
];

/** The value behind a field's name in what is left of a JSON text. */
function valueOf(text: string, field: string): unknown {
  const json = new RegExp(
    `"${field}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*"|-?[\\d.]+|true|false|null)\\s*[,}]`,
  )
    .exec(text)?.[1];
  return json === undefined ? undefined : JSON.parse(json);
}

async function putAside(directory: string, now: Date): Promise<string | null> {
  const kept = `metadata.json.damaged-${
    now.toISOString().replace(/\..*/, "").replaceAll(":", "-")
  }`;
  try {
    await Deno.rename(join(directory, "metadata.json"), join(directory, kept));
    return kept;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
