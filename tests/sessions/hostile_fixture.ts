import { assertEquals, assertRejects } from "@std/assert";
import { ArchiveError } from "../../lib/sessions/mod.ts";
import type { ArchiveHome } from "./archive_fixture.ts";
import { tree } from "./fixture.ts";
import type { Member } from "./tar_builder.ts";

export const ID = "11111111-1111-4111-8111-111111111111";

const METADATA = {
  name: "evil",
  created: "2026-11-20T18:00:00Z",
  last_active: "2026-11-20T18:00:00Z",
  persona: "default",
  status: "active",
  pid: 1,
  idle_timeout: 600,
  claude_session_ids: [ID],
};
const PERSONA = { name: "Evil", system_prompt: "Be good." };

export const metadata: Member = {
  name: "session/metadata.json",
  content: JSON.stringify(METADATA),
};
export const persona: Member = { name: "session/persona.json", content: JSON.stringify(PERSONA) };
export const folder: Member = { name: "session/", type: "5" };

export function manifest(entries: number, name = "evil"): Member {
  const content = {
    format: 1,
    name,
    created: "2026-11-20T18:00:00Z",
    cwd: "/x",
    claude_session_ids: [ID],
    entries,
    bytes: 0,
    skipped: [],
  };
  return { name: "manifest.json", content: JSON.stringify(content) };
}

/** What a whole archive holds, and some more. */
export function withExtra(...extra: Member[]): Member[] {
  return [manifest(3 + extra.length), folder, metadata, persona, ...extra];
}

export async function offer(home: ArchiveHome, bytes: Uint8Array): Promise<string> {
  await Deno.mkdir(home.path("sessions_archive"), { recursive: true });
  await Deno.writeFile(home.path("sessions_archive/offered.tar.gz"), bytes);
  return "offered.tar.gz";
}

/** Restores what has to be refused; nothing may be there afterwards that was not before. */
export async function refused(
  home: ArchiveHome,
  bytes: Uint8Array,
  expected?: string,
): Promise<void> {
  const file = await offer(home, bytes);
  const before = await tree(home.outside);
  await assertRejects(() => home.archives.restore(file), ArchiveError, expected);
  const left = (await tree(home.outside)).filter((path) => !isBareFolder(home, path));
  assertEquals(left, before.filter((path) => !isBareFolder(home, path)));
}

/** The folders for temporary files and for sessions, which an attempt may make. */
function isBareFolder(home: ArchiveHome, path: string): boolean {
  return ["state/", "state/tmp/", "sessions/"].some((folder) =>
    path === home.path() + "/" + folder
  );
}
