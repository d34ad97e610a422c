/** `claude` as another user, as README says it: the real CLI works in a home that is shared with its group. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { REAL_VERSIONS, realClaude } from "../sim/real_claude.ts";
import { realBench } from "./bench.ts";

/** Nobody's, with a group of its own. */
const USER = 61_234;

/** A copy of the CLI that anybody may run, behind a command that changes the user. */
async function asOther(folder: string, version: string): Promise<string> {
  const [binary, command] = [join(folder, "cli"), join(folder, "as-other")];
  await Deno.copyFile(await realClaude(version), binary);
  await Deno.chmod(binary, 0o755);
  const changed = `--reuid=${USER} --regid=${USER} --clear-groups --no-new-privs`;
  await Deno.writeTextFile(
    command,
    `#!/bin/sh
umask 007
exec setpriv ${changed} --inh-caps=-all --pdeathsig KILL -- '${binary}' "$@"
`,
    { mode: 0o755 },
  );
  return command;
}

async function run(...command: [string, ...string[]]): Promise<void> {
  const [program, ...args] = command;
  const { code, stderr } = await new Deno.Command(program, { args }).output();
  if (code !== 0) throw new Error(`${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

for (const version of REAL_VERSIONS) {
  Deno.test({
    name:
      `real ${version}: claude as another user works in a shared home, and reads no secret of it`,
    ignore: Deno.uid() !== 0,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "switchboard-other-" });
      const config = join(folder, "home");
      await Deno.chmod(folder, 0o755);
      await Deno.mkdir(config);
      await Deno.chown(config, USER, USER);
      const command = await asOther(folder, version);
      await using real = await realBench({
        claude: [command],
        claudeEnv: { HOME: config, CLAUDE_CONFIG_DIR: join(config, ".claude") },
      });
      const { bench } = real;
      const at = (path: string) => join(bench.home, path);
      await Deno.chmod(bench.home, 0o711);
      for (const path of ["sessions", "trust"].map(at)) {
        await Deno.mkdir(path);
        await Deno.chown(path, null, USER);
        await Deno.chmod(path, 0o2750);
      }
      await Deno.writeTextFile(at("secret"), "the word is mangosteen", { mode: 0o600 });
      await bench.start();
      bench.say("/new work");
      await bench.hears(/Made work/);
      bench.say("TOOL:write:a.txt=one;;SAY:written");
      await bench.hears(/work asks: Writing a\.txt/);
      await bench.presses("Allow once");
      await bench.hears(/^written/);
      const file = await Deno.stat(at("sessions/work/a.txt"));
      assertEquals([file.uid, file.gid], [USER, USER]);
      bench.say(`TOOL:bash:cat ${at("secret")} ${at("state/journal.db")};;SAY:tried`);
      await bench.hears(/work (asks|wants)[\s\S]*cat/);
      await bench.presses("Allow once");
      await bench.hears(/^tried/);
      assertMatch(await bench.log(), /\[LOCK\].*flag/);
      const sent = JSON.stringify(real.messages.requests.map(({ body }) => body));
      assertStringIncludes(sent, "Permission denied");
      assertEquals(sent.includes("mangosteen"), false);
      await run("rm", "-rf", dirname(command));
    },
  });
}
