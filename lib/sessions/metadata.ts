import { z } from "zod";
import { errorText } from "../errors.ts";
import type { SessionRecord } from "../journal/mod.ts";
import { MetadataError } from "./errors.ts";

/** A conversation id of the CLI. Strict, since it becomes the name of a file. */
const conversationId = z.string().regex(
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  "expected a UUID",
);

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

/** What each field may hold. */
export const metadataFields = schema.shape;

/** Metadata with what may be missing filled in. */
export const parsedMetadata = (fields: unknown): Metadata => schema.parse(fields);

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
