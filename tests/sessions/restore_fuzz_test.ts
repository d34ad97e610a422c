import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ArchiveError } from "../../lib/sessions/mod.ts";
import { type ArchiveHome, makeArchiveHome, sh } from "./archive_fixture.ts";
import { randomNumbers, tree } from "./fixture.ts";
import { ID, offer, refused, withExtra } from "./hostile_fixture.ts";
import { gzip, seal, tarball } from "./tar_builder.ts";

Deno.test("restore: refused is what is no archive, and it says so", async () => {
  await using home = await makeArchiveHome();
  const random = randomNumbers(7);
  const noise = Uint8Array.from({ length: 5000 }, () => random() * 256);
  const cases = [
    new Uint8Array(),
    noise,
    await gzip(noise),
    await gzip(new Uint8Array()),
    tarball(withExtra()),
    await gzip(await gzip(tarball(withExtra()))),
  ];
  for (const bytes of cases) await refused(home, bytes);
});

Deno.test("restore: refused is an archive that was cut short, wherever", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await Deno.writeFile(
    home.path("sessions/a/noise"),
    crypto.getRandomValues(new Uint8Array(20_000)),
  );
  const { path } = await home.archives.archive("a");
  const whole = await Deno.readFile(path);
  for (let part = 1; part < 20; part++) {
    await refused(home, whole.subarray(0, Math.floor(whole.length * part / 20)));
  }
  await refused(home, whole.subarray(0, whole.length - 1));
});

Deno.test("restore: of 200 damaged archives none writes outside, and what it refuses leaves nothing", async () => {
  await using home = await makeArchiveHome();
  const random = randomNumbers(20261120);
  const whole = tarball(withExtra(
    { name: "session/x", type: "2", link: "metadata.json" },
    { name: "session/h", type: "1", link: "session/persona.json" },
    { name: "session/d/", type: "5" },
    { name: "session/d/f", content: "hello" },
    { name: `transcript/${ID}.jsonl`, content: "{}" },
  ));
  const beside = async () => (await tree(home.outside)).filter((path) => !mayChange(home, path));
  await offer(home, await gzip(whole));
  const before = await beside();
  let refusals = 0;
  for (let i = 0; i < 200; i++) {
    const file = await offer(home, await gzip(mutated(whole, random)));
    try {
      const { metadata: { name } } = await home.archives.restore(file);
      await sh("rm", "-rf", home.path("sessions", name), join(home.config, "projects"));
    } catch (error) {
      assert(error instanceof ArchiveError, String(error));
      refusals++;
      assertEquals(await tree(home.path("sessions")).catch(() => []), []);
    }
    assertEquals(await tree(home.path("state")).catch(() => []), [home.path("state/tmp/")]);
    assertEquals(await beside(), before);
  }
  assert(refusals > 100, `${refusals} refusals`);
});

function mayChange(home: ArchiveHome, path: string): boolean {
  return ["sessions/", "state/", "state/tmp/"].some((folder) => path === `${home.home}/${folder}`);
}

/** Some bytes of one header are others, mostly such as mean something there. */
function mutated(whole: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  const bytes = whole.slice();
  const headers = Array.from({ length: bytes.length / 512 }, (_, i) => i * 512)
    .filter((offset) =>
      new TextDecoder().decode(bytes.subarray(offset + 257, offset + 262)) === "ustar"
    );
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const offset = pick(headers) ?? 0;
  const fields = [0, 0, 0, 100, 124, 136, 156, 156, 157, 157, 257, 345];
  const texts = [
    "../",
    "/",
    "../../../../evil",
    "/etc/evil",
    "\0",
    "1",
    "2",
    "3",
    "L",
    "K",
    "x",
    "g",
    "S",
    "session/x/evil",
    "session",
    "\xff\xff",
    "77777777777",
    "\n",
    "\x80",
  ];
  for (let n = 0; n <= random() * 3; n++) {
    const text = pick(texts) ?? "";
    bytes.set(Uint8Array.from(text, (char) => char.charCodeAt(0)), offset + (pick(fields) ?? 0));
  }
  seal(bytes.subarray(offset, offset + 512));
  return bytes;
}
