import { z } from "zod";
import { join } from "@std/path";
import { MetadataError } from "./errors.ts";
import { readRegularFile, UnsafeFileError, writeAtomically } from "./safe_file.ts";

/** A conversation id of the CLI. Strict, since it becomes the name of a file. */
const conversationId = z.string().regex(
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  "expected a UUID",
);

const schema = z.looseObject({
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

/** What each field may hold. */
export const metadataFields = schema.shape;

/** Metadata with what may be missing filled in. */
export const parsedMetadata = (fields: unknown): Metadata => schema.parse(fields);

/** What `metadata.json` holds; fields that this version does not know are kept as they are. */
export type Metadata = z.infer<typeof schema>;

/** `idle`: no process; `active`: alive and current somewhere; `suspended`: alive, current nowhere. */
export type Status = Metadata["status"];

/** What may be changed from outside; the rest follows from what happens to the session. */
export type MetadataPatch =
  & Partial<
    Pick<
      Metadata,
      | "persona"
      | "claude_session_id"
      | "idle_timeout"
      | "output"
      | "model"
      | "permission_mode"
      | "effort"
    >
  >
  & { readonly [field: string]: unknown }
  & { readonly [field in "name" | "created" | "status" | "pid" | "claude_session_ids"]?: never };

/** The status that follows from whether a process lives and whether any place shows the session. */
export function statusOf(pid: number | null, current: boolean): Status {
  if (pid === null) return "idle";
  return current ? "active" : "suspended";
}

/**
 * `before` with a patch. Every conversation id that the session ever had is kept, because each has
 * a transcript that belongs to it.
 */
export function patched(before: Metadata, patch: MetadataPatch): Metadata {
  const after: Metadata = { ...before, ...patch };
  const id = after.claude_session_id;
  const known = before.claude_session_ids;
  return id === null || known.includes(id)
    ? after
    : { ...after, claude_session_ids: [...known, id] };
}

/**
 * The metadata in a session's directory. Throws {@linkcode MetadataError} if the directory or the
 * file is a link, or the file does not parse, or belongs to a session of another name.
 */
export async function readMetadata(directory: string, session: string): Promise<Metadata> {
  const text = await readText(directory, session);
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

async function readText(directory: string, session: string): Promise<string> {
  const info = await Deno.lstat(directory);
  if (info.isSymlink) throw new MetadataError(session, "its directory is a symbolic link.");
  if (!info.isDirectory) throw new MetadataError(session, "it is not a directory.");
  try {
    return await readRegularFile(join(directory, "metadata.json"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new MetadataError(session, "metadata.json is missing.");
    }
    if (error instanceof UnsafeFileError || error instanceof Deno.errors.PermissionDenied) {
      throw new MetadataError(session, error.message);
    }
    throw error;
  }
}

function parseJson(text: string, session: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MetadataError(session, `metadata.json is not JSON: ${reason}`);
  }
}

/** Writes metadata into a session's directory, all or nothing. */
export async function writeMetadata(directory: string, metadata: Metadata): Promise<void> {
  const checked = schema.safeParse(metadata);
  if (!checked.success) {
    const fields = checked.error.issues.map((issue) => issue.path.join(".")).join(", ");
    throw new MetadataError(metadata.name, `refusing to write wrong values for ${fields}.`);
  }
  await writeAtomically(join(directory, "metadata.json"), JSON.stringify(metadata, null, 2) + "\n");
}
