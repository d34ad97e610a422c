/** Hostile archives, restored in the chat: refused with a sentence, and nothing is left of them. */
import { walk } from "@std/fs";
import { join } from "@std/path";
import {
  folder,
  HOSTILE,
  ID,
  manifest,
  metadata,
  persona,
  withExtra,
} from "../sessions/hostile_fixture.ts";
import { gzip, type Member, tarball } from "../sessions/tar_builder.ts";
import { Arena, sample } from "./arena.ts";
import { judged } from "./open.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Archives that are none, or not whole. */
async function broken(): Promise<[string, Bytes][]> {
  const whole = tarball(withExtra({ name: `transcript/${ID}.jsonl`, content: "{}\n" }));
  const packed = await gzip(whole);
  return [
    ["nothing", new Uint8Array()],
    ["noise", crypto.getRandomValues(new Uint8Array(5_000))],
    ["a tape that is not packed", whole],
    ["packed twice", await gzip(packed)],
    ["cut in the middle", packed.slice(0, packed.length >> 1)],
    ["cut at its last byte", packed.slice(0, -1)],
  ];
}

/** Members that are well-formed and claim what is not theirs. */
const CLAIMS: readonly [string, Member[]][] = [
  ["metadata that are no object", [
    manifest(3),
    folder,
    persona,
    { name: "session/metadata.json", content: "[]" },
  ]],
  ["a persona that is no object", [
    manifest(3),
    folder,
    metadata,
    { name: "session/persona.json", content: "null" },
  ]],
];

/** Every path below a folder, with what it is. */
async function tree(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, isDirectory, isSymlink } of walk(folder, { followSymlinks: false })) {
    paths.push(path + (isDirectory ? "/" : isSymlink ? "@" : ""));
  }
  return paths.sort();
}

Deno.test("attacks: a hostile archive is refused in the chat and leaves nothing", async () => {
  await using arena = await Arena.make();
  const packed = async (members: Member[]) => await gzip(tarball(members));
  const archives: [string, Bytes][] = await broken();
  for (const [what, members] of [...HOSTILE, ...CLAIMS]) {
    archives.push([what, await packed(members)]);
  }
  const played = sample(archives, 4);
  const folder = join(arena.home, "sessions_archive");
  await Deno.mkdir(folder);
  for (const [index, [, bytes]] of played.entries()) {
    await Deno.writeFile(join(folder, `a${index}.tar.gz`), bytes);
  }
  await arena.bench.start();
  await arena.call("/restore");
  const places = ["sessions", "sessions_archive", "personas", "claude-config", "state/tmp"];
  const seen = async () => {
    const trees = await Promise.all(
      places.map((place) => tree(join(arena.home, place)).catch(() => [])),
    );
    const outside = [await tree(arena.outside), await tree(arena.canaries)];
    const evil = await Deno.lstat("/tmp/switchboard-evil").then(() => ["evil"], () => []);
    return [...trees, ...outside, evil].flat().filter((path) => !/\/(sessions|tmp)\/$/.test(path));
  };
  const before = await seen();
  const effects: string[] = [];
  for (const [index, [what]] of played.entries()) {
    const answer = await arena.call(`/restore a${index}.tar.gz`);
    if (/ is back /.test(answer)) effects.push(`${what}: was restored`);
    const after = await seen();
    if (JSON.stringify(after) !== JSON.stringify(before)) effects.push(`${what}: left something`);
  }
  await Deno.writeFile(join(folder, "whole.tar.gz"), await packed(withExtra()));
  const whole = await arena.call("/restore whole.tar.gz");
  if (!/ is back /.test(whole)) effects.push(`one that is whole: ${whole}`);
  judged("hostile archives", effects);
});
