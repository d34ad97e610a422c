import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { claimHome } from "./demo.ts";

const DEMO = fromFileUrl(new URL("./demo.ts", import.meta.url));

async function filesOf(home: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isFile } of Deno.readDir(home)) {
    files[name] = isFile ? await Deno.readTextFile(join(home, name)) : "";
  }
  return files;
}

async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-demo-test-" });
  try {
    await work(join(dir, "home"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("demo: a home that is somebody's is refused, and stays as it was", async () => {
  const theirs = [
    ["switchboard.jsonc", '{ "telegram": { "allowed_users": [12345] } }'],
    ["pbs-token", "bot@pbs!telegram:theirs"],
    ["notes.txt", "mine"],
  ] as const;
  for (const [name, text] of theirs) {
    await withHome(async (home) => {
      await Deno.mkdir(home);
      await Deno.writeTextFile(join(home, name), text);
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", DEMO, "--home", home, "--port", "0"],
        stdout: "null",
        signal: AbortSignal.timeout(20_000), // A demo that takes the home runs until it is stopped.
      }).output();
      assertEquals(code, 1, name);
      assertStringIncludes(new TextDecoder().decode(stderr), `holds '${name}'`);
      assertEquals(await filesOf(home), { [name]: text });
    });
  }
});

Deno.test("demo: settings that are a link are nobody's to overwrite", async () => {
  await withHome(async (home) => {
    await Deno.mkdir(home);
    await Deno.symlink("/etc/hostname", join(home, "switchboard.jsonc"));
    await assertRejects(() => claimHome(home), Error, "holds 'switchboard.jsonc'");
  });
});

Deno.test("demo: a home that is not there, or empty, or an earlier demo's, is taken", async () => {
  await withHome(async (home) => {
    await claimHome(home);
    await claimHome(home);
    assertEquals(await filesOf(home), {});
    const demo = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", DEMO, "--home", home, "--port", "0"],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const deadline = Date.now() + 30_000;
      while (!("switchboard.jsonc" in await filesOf(home))) {
        assert(Date.now() < deadline, "the demo wrote no settings");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      demo.kill("SIGTERM");
      await demo.status;
    }
    await claimHome(home);
  });
});

Deno.test("demo: a port that is taken is named with the way to another one, and no home is left", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const temporary = await Deno.makeTempDir({ prefix: "switchboard-demo-test-" });
  try {
    for (const home of [[], ["--home", join(temporary, "mine")]]) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", DEMO, "--port", `${taken.addr.port}`, ...home],
        env: { TMPDIR: temporary },
        stdout: "null",
        signal: AbortSignal.timeout(20_000),
      }).output();
      const said = new TextDecoder().decode(stderr);
      assertEquals(code, 1, said);
      assertStringIncludes(said, `Port ${taken.addr.port} is taken`);
      assertStringIncludes(said, "--port 0");
      assertEquals([...Deno.readDirSync(temporary)].map(({ name }) => name), []);
    }
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
});
