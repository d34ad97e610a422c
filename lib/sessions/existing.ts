import { readRegularFile, resolveInside } from "./safe_file.ts";

/**
 * The text of a file inside `root` that is about to be replaced; null when there is none, when it lies
 * outside or is no text of at most 1 MB. Links are followed only as far as they stay inside.
 */
export async function readInside(root: string, path: string): Promise<string | null> {
  try {
    const realRoot = await Deno.realPath(root);
    const text = await readRegularFile(await resolveInside(realRoot, path), realRoot);
    return text.includes("\0") ? null : text;
  } catch {
    return null; // Whatever it is, the change is shown without it.
  }
}
