import { dirname, join } from "@std/path";
import { type Metadata, metadataFields, parsedMetadata, writtenMetadata } from "./metadata.ts";
import { readRegularFile, writeAtomically } from "./safe_file.ts";

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
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

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
    Object.entries(metadataFields).flatMap(([field, schema]) => {
      const value = valueOf(text, field);
      return value !== undefined && schema.safeParse(value).success ? [[field, value]] : [];
    }),
  );
  const original = typeof found.name === "string" && found.name !== session ? found.name : null;
  const ids = original === null ? text.match(UUID) ?? [] : [];
  if (original !== null) delete found.claude_session_id;
  const named = "claude_session_id" in found ? found.claude_session_id : ids.at(-1); // The newest.
  const id = noted ?? named ?? null;
  if (id !== null) found.claude_session_id = id;
  const lost = SETTINGS.filter((field) => !Object.hasOwn(found, field));
  const metadata = parsedMetadata({
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
