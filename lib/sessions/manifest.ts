import { z } from "zod";
import { join } from "@std/path";
import { MANIFEST } from "./archive_rules.ts";
import { ArchiveError } from "./errors.ts";
import { isName } from "./names.ts";
import { readRegularFile, UnsafeFileError } from "./safe_file.ts";

const schema = z.looseObject({
  format: z.literal(1),
  name: z.string().refine(isName, "not the name of a session"),
  created: z.iso.datetime(),
  /** Where the session lay; for people. */
  cwd: z.string(),
  claude_session_ids: z.array(z.string()),
  /** Entries beside the manifest, and the bytes in them. */
  entries: z.int(),
  bytes: z.number(),
  skipped: z.array(z.string()),
});

/** What an archive says about itself, in `manifest.json`, its first entry. */
export type Manifest = z.infer<typeof schema>;

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify(manifest, null, 2) + "\n";
  await Deno.writeTextFile(join(directory, MANIFEST), text, { createNew: true, mode: 0o600 });
}

/** Throws `ArchiveError` if the manifest in a directory is not one that can be read here. */
export async function readManifest(directory: string): Promise<Manifest> {
  try {
    return schema.parse(JSON.parse(await readRegularFile(join(directory, MANIFEST))));
  } catch (error) {
    const wrong = error instanceof SyntaxError || error instanceof z.ZodError ||
      error instanceof UnsafeFileError;
    if (wrong) throw new ArchiveError("The archive's manifest cannot be read.");
    throw error;
  }
}
