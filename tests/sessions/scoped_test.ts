import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { makeArchiveHome } from "./archive_fixture.ts";
import { BUILTIN_PERSONAS, tree } from "./fixture.ts";

const ID = "11111111-1111-4111-8111-111111111111";

Deno.test("sessions: all works with rights for home and tar alone", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("scoped");
  await home.addTranscript("scoped", ID);
  await Deno.remove(home.path("sessions/scoped"), { recursive: true });
  const said = await tree(home.transcripts("scoped"));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    cwd: home.home,
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--config=${fromFileUrl(new URL("../../deno.json", import.meta.url))}`,
      `--allow-read=.,${BUILTIN_PERSONAS}`,
      "--allow-write=.",
      "--allow-run=tar,gzip,pigz",
      "--allow-env=PATH",
      fromFileUrl(new URL("./scoped_program.ts", import.meta.url)),
      BUILTIN_PERSONAS,
      home.config,
      ID,
    ],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const told = new TextDecoder().decode(stdout);
  assertStringIncludes(told, '"name":"scoped","transcripts":1,"outside":"OutsideError');
  assertEquals(await tree(home.transcripts("scoped")), said);
  assertEquals(await Deno.readTextFile(home.path("sessions/scoped/files/note")), "noted");
});
