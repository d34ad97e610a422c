import { dirname, join } from "@std/path";
import type { ArchiveContext } from "./archive.ts";
import { logger } from "../log/mod.ts";
import {
  copyTranscripts,
  findTranscripts,
  type FoundTranscripts,
  removeTranscripts,
  type TranscriptPlace,
  transcriptPlace,
} from "./transcripts.ts";

const log = logger("sessions");

/**
 * Gives a session another name. The CLI keeps its conversations by the working directory: they are
 * copied first and taken away from the old folder last, so that a crash in between loses none. The CLI
 * takes the copy in the folder of its directory before any other (Claude Code 2.1.329).
 */
export async function renameSession(
  context: ArchiveContext,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  const { manager, tar, claudeConfigDir } = context;
  const left: { place: TranscriptPlace; found: FoundTranscripts }[] = [];
  await manager.rename(from, to, async ({ claude_session_ids: ids }) => {
    const cwd = await manager.directories.real(from);
    const before = transcriptPlace(claudeConfigDir, cwd);
    const after = transcriptPlace(claudeConfigDir, join(dirname(cwd), to));
    if (before.folder === after.folder) return; // As of `a_b` and `a-b`.
    const there = await findTranscripts(tar, before, ids, signal);
    await manager.directories.withStaging((staging) =>
      copyTranscripts(tar, before, after, there, join(staging, "transcripts.tar.gz"), signal)
    );
    left.push({ place: before, found: there });
  });
  for (const { place, found } of left) {
    const remains = await removeTranscripts(tar, place, found);
    if (remains === undefined) continue;
    log.warn("The transcripts of {from} are still there as well: {remains}", { from, remains });
  }
}
