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

const evil = (name: string, more: Partial<Member> = {}): Member => ({
  name,
  content: "evil",
  ...more,
});

/** Archives to be refused: what is wrong with each, its members, and a word of the refusal. */
export const HOSTILE: readonly [string, Member[], string?][] = [
  ["a name that climbs", withExtra(evil("session/../../../evil")), "plain path"],
  ["a name that climbs from the top", withExtra(evil("../evil")), "plain path"],
  [
    "a name that ends in ..",
    withExtra(evil("session/x/..", { type: "5", content: "" })),
    "plain path",
  ],
  ["an absolute name", withExtra(evil("/tmp/switchboard-evil")), "plain path"],
  ["a name with a dot", withExtra(evil("session/./x")), "plain path"],
  ["a name with two slashes", withExtra(evil("session//x")), "plain path"],
  ["a file beside the session", withExtra(evil("evil")), "does not belong"],
  ["a file with a name like the session's", withExtra(evil("sessions/x")), "does not belong"],
  ["a device for blocks", withExtra(evil("session/sda", { type: "4", content: "" })), "device"],
  ["a device for bytes", withExtra(evil("session/null", { type: "3", content: "" })), "device"],
  ["a pipe", withExtra(evil("session/pipe", { type: "6", content: "" })), "device"],
  ["a kind nobody knows", withExtra(evil("session/x", { type: "Z" }))],
  ["a part of a volume", withExtra(evil("session/x", { type: "M" }))],
  [
    "a hard link to the outside",
    withExtra(evil("session/h", { type: "1", content: "", link: "/etc/passwd" })),
    "hard link",
  ],
  [
    "a hard link that climbs",
    withExtra(evil("session/h", { type: "1", content: "", link: "session/../../../x" })),
    "hard link",
  ],
  [
    "a hard link to what is not there",
    withExtra(evil("session/h", { type: "1", content: "", link: "session/x" })),
    "hard link",
  ],
  [
    "a hard link to a symbolic one",
    withExtra(
      evil("session/l", { type: "2", content: "", link: "/etc/passwd" }),
      evil("session/h", { type: "1", content: "", link: "session/l" }),
    ),
    "hard link",
  ],
  [
    "a hard link between the tops",
    withExtra(
      evil(`transcript/${ID}.jsonl`, { type: "1", content: "", link: "session/metadata.json" }),
    ),
    "hard link",
  ],
  [
    "a file through a link",
    withExtra(
      evil("session/l", { type: "2", content: "", link: "../../../.." }),
      evil("session/l/evil"),
    ),
    "below something",
  ],
  [
    "a link in the place of a folder that comes first",
    withExtra(
      evil("session/d/evil"),
      evil("session/d", { type: "2", content: "", link: "/tmp" }),
    ),
  ],
  [
    "a name twice, first a link",
    withExtra(
      evil("session/x", { type: "2", content: "", link: "/tmp/switchboard-evil" }),
      evil("session/x"),
    ),
    "twice",
  ],
  ["the session itself as a link", [
    manifest(3),
    { name: "session", type: "2", link: "/tmp" },
    metadata,
    persona,
  ], "below something"],
  ["metadata as a link", [
    manifest(3),
    folder,
    persona,
    { name: "session/metadata.json", type: "2", link: "persona.json" },
  ], "symbolic link"],
  ["a persona as a link", [
    manifest(3),
    folder,
    metadata,
    { name: "session/persona.json", type: "2", link: "/etc/passwd" },
  ], "symbolic link"],
  [
    "files/ as a link",
    withExtra({ name: "session/files", type: "2", link: "/tmp" }),
    "not a folder",
  ],
  ["no persona", [manifest(2), folder, metadata], "missing"],
  [
    "metadata of another name",
    [manifest(3, "other"), folder, metadata, persona],
    "that of session",
  ],
  ["a name that is none", [manifest(3, "../evil"), folder, metadata, persona], "manifest"],
  ["a manifest that counts wrong", [manifest(9), folder, metadata, persona], "manifest says"],
  ["no manifest", [folder, metadata, persona], "not the archive of a session"],
  ["a manifest that is a link", [
    { name: "manifest.json", type: "2", link: "/etc/passwd" },
    folder,
    metadata,
    persona,
  ], "not a file"],
  [
    "another session's transcript",
    withExtra(evil("transcript/22222222-2222-4222-8222-222222222222.jsonl")),
    "not this session's",
  ],
  [
    "a transcript of no conversation",
    withExtra(evil("transcript/settings.json")),
    "not this session's",
  ],
  ["transcripts that are a file", withExtra(evil("transcript")), "not this session's"],
  [
    "a link among the transcripts",
    withExtra(
      evil(`transcript/${ID}`, { type: "2", content: "", link: "/tmp" }),
    ),
    "link among",
  ],
  ["a size beyond everything", withExtra(evil("session/x", { content: "", size: 0o77777777777 }))],
];

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
