/** The stand-ins as somebody else would take them: a copy without this project, from a command line. */
import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const HERE = fromFileUrl(new URL(".", import.meta.url));
const ALONE: Readonly<Record<string, readonly string[]>> = {
  bot_api: ["bot_api"],
  messages_api: ["messages_api"],
  claude: ["claude", "messages_api"],
};

/** Runs `main.ts` of a copy, with no configuration, until it has said its first line or ended. */
async function firstLine(name: string, args: readonly string[], input = ""): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "stand-in-" });
  try {
    const folders = (ALONE[name] ?? []).map((folder) => join(HERE, folder));
    await new Deno.Command("cp", { args: ["-r", ...folders, dir] }).output();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", "--no-lock", join(dir, name, "main.ts"), ...args],
      cwd: dir,
      clearEnv: true,
      env: { HOME: dir, PATH: "/usr/bin:/bin", NO_COLOR: "1", DENO_DIR: join(dir, "cache") },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const stdin = child.stdin.getWriter();
    await stdin.write(new TextEncoder().encode(input));
    await stdin.close();
    let said = "";
    for await (const chunk of child.stdout) {
      said += new TextDecoder().decode(chunk);
      if (said.includes("\n")) break;
    }
    child.kill("SIGTERM");
    await child.status;
    return said.split("\n", 1)[0]!;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("stand-ins alone: the servers say where they listen", async () => {
  for (const name of ["bot_api", "messages_api"]) {
    assertMatch(await firstLine(name, ["--port", "0"]), /^http:\/\/127\.0\.0\.1:\d+$/);
  }
});

Deno.test("stand-ins alone: claude begins a turn", async () => {
  const prompt = { type: "user", message: { role: "user", content: "SAY:hello" } };
  const flags = ["-p", "--verbose", "--input-format", "stream-json", "--output-format"];
  const line = await firstLine("claude", [...flags, "stream-json"], JSON.stringify(prompt) + "\n");
  assertEquals(JSON.parse(line).subtype, "init");
});

Deno.test("stand-ins alone: none of our names is in them", async () => {
  for (const folder of Object.keys(ALONE)) {
    for await (const { name, isFile } of Deno.readDir(join(HERE, folder))) {
      if (!isFile) continue;
      const text = await Deno.readTextFile(join(HERE, folder, name));
      assertEquals(/switchboard|homelab|lib\//i.exec(text)?.[0], undefined, `${folder}/${name}`);
    }
  }
});
