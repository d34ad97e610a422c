import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import {
  CHILD_ENV_NAMES,
  childEnvironment,
  permissionFlags,
  permissions,
} from "../../lib/app/permissions.ts";
import { settingsSchema } from "../../lib/settings/schema.ts";
import config from "../../deno.json" with { type: "json" };

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

function flagsFor(settings: unknown): Record<string, string> {
  const flags = permissionFlags(settingsSchema.parse(settings));
  return Object.fromEntries(flags.map((flag) => flag.split("=") as [string, string]));
}

Deno.test("permissions: any home's program has everything scoped but the net", () => {
  const flags = permissionFlags(null);
  assertEquals(flags.filter((flag) => !flag.includes("=")), ["--no-prompt", "--allow-net"]);
  assert(flags.includes("--allow-read=.,/run/credentials"));
  assert(flags.includes("--allow-write=."));
  assert(flags.includes("--allow-run=claude,setpriv,tar,pigz,gzip,ps,cat,kill,ping"));
  assert(flags.includes("--allow-sys=statfs"));
  assert(!flags.some((flag) => /ffi|import|-A/.test(flag)));
});

Deno.test("permissions: one home's program reaches its hosts, runs its commands, reads its files", () => {
  const flags = flagsFor({
    telegram: { api_root: "http://[::1]:8081", token_file: "/etc/switchboard/token" },
    claude: { command: ["/opt/claude/claude", "--x"] },
    homelab: {
      pbs: { url: "https://pbs.lan:8007/", token_file: "pbs-token", ca_file: "../ca.pem" },
      kuma: { url: "http://kuma.lan", status_page: "home" },
      ping: { hosts: ["10.0.0.1", "nas.lan:22", "[fd00::2]", "::1", "[::1]:22"] },
      commands: {
        disks: { run: ["df", "-h"] },
        raid: { run: ["mdadm", "--detail"] },
        look: { run: ["df", "https://elsewhere.example/"] },
      },
    },
  });
  assertEquals(
    flags["--allow-net"],
    "[::1]:8081,pbs.lan:8007,kuma.lan:80,10.0.0.1,nas.lan:22,[fd00::2],[::1],[::1]:22",
  );
  assertEquals(
    flags["--allow-run"],
    "/opt/claude/claude,setpriv,tar,pigz,gzip,ps,cat,kill,ping,df,mdadm",
  );
  assertEquals(flags["--allow-read"], ".,/run/credentials,/etc/switchboard/token,../ca.pem");
  assertEquals(flags["--allow-write"], ".");
});

Deno.test("permissions: without services only the Bot API is reached", () => {
  assertEquals(flagsFor({})["--allow-net"], "api.telegram.org:443");
});

Deno.test("permissions: a name that a flag cannot carry is refused, not cut in two", () => {
  const settings = settingsSchema.parse({ claude: { command: ["/opt/a,b/claude"] } });
  assertThrows(() => permissionFlags(settings), Error, "'/opt/a,b/claude'");
});

Deno.test("permissions: deno.json grants a checkout what any home's program gets", () => {
  assertEquals<unknown>(config.permissions.start, permissions(null));
});

Deno.test("permissions: Claude gets neither our secrets nor an outer Claude Code's variables", () => {
  const kept = [
    "TELEGRAM_BOT_TOKEN",
    "CREDENTIALS_DIRECTORY",
    "CLAUDECODE",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_PID",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
    "CLAUDE_CODE_EXECPATH",
  ];
  const env = childEnvironment((name) => `our ${name}`, { TZ: "UTC", MINE: "1" });
  for (const name of kept) assert(!Object.hasOwn(env, name), name);
  assert(!CHILD_ENV_NAMES.some((name) => name.includes("*") || name.startsWith("SWITCHBOARD")));
  assertEquals(env.HOME, "our HOME");
  assertEquals([env.TZ, env.MINE], ["UTC", "1"]);
});

Deno.test("permissions: every variable that is handed on may be read, and an empty PATH is filled", () => {
  const { env } = permissions(null);
  const mayRead = (name: string) =>
    env.some((entry) => entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry);
  assertEquals(CHILD_ENV_NAMES.filter((name) => !mayRead(name)), []);
  assertStringIncludes(childEnvironment(() => undefined, {}).PATH ?? "", "/usr/bin");
});

Deno.test("permissions: what we build on works under them, and what lies outside does not", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(home, "program.ts"), PROGRAM);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--config", join(ROOT, "deno.json"), ...permissionFlags(null), "program.ts"],
      cwd: home,
      env: { TELEGRAM_BOT_TOKEN: "1:x" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stdout).trim().split("\n"), EXPECTED, decoder.decode(stderr));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

const PROGRAM = `
import { Bot } from "grammy";
import { DatabaseSync } from "node:sqlite";
import { statfsSync } from "node:fs";
import MarkdownIt from "markdown-it";
import { configureLog, logger } from ${url("../../lib/log/mod.ts")};
import { loadSettings } from ${url("../../lib/settings/mod.ts")};
import { childEnvironment } from ${url("../../lib/app/permissions.ts")};
import { acquireLock } from ${url("../../lib/app/home_lock.ts")};
import { systemClock as clock } from ${url("../../lib/clock.ts")};

const env = (name: string) => Deno.env.get(name);
Deno.mkdirSync("state", { mode: 0o700 });
Deno.writeTextFileSync("switchboard.jsonc", '{ "telegram": { "allowed_users": [1] } }');
const { token } = await loadSettings({ home: ".", env, readTextFile: Deno.readTextFile });
await using _lock = await acquireLock("state/lock", { pid: Deno.pid, clock });
await using log = await configureLog({ home: ".", level: "info", secrets: [token], console: false });
logger("test").info("hello");
console.log("log", Deno.readTextFileSync("state/switchboard.log").includes("hello"));
const bot = new Bot(token, { client: { apiRoot: "http://127.0.0.1:9" } });
console.log("grammy", await bot.api.getMe().catch((error) => error.name));
using db = new DatabaseSync("state/journal.db");
console.log("sqlite", db.prepare("PRAGMA journal_mode=WAL").get()?.journal_mode);
console.log("markdown", new MarkdownIt().parseInline("~~a~~", {}).length);
console.log("statfs", statfsSync(".").bsize > 0);
console.log("child", "PATH" in childEnvironment(env, {}));
console.log("tar", (await new Deno.Command("tar", { args: ["--version"] }).output()).success);
const outside: [string, () => unknown][] = [
  ["read", () => Deno.readTextFileSync("/etc/hostname")],
  ["write", () => Deno.writeTextFileSync("/tmp/switchboard-outside", "")],
  ["run", () => new Deno.Command("sh").outputSync()],
  ["env", () => Deno.env.get("SECRET_OF_ANOTHER")],
  ["sys", () => Deno.hostname()],
];
for (const [name, attempt] of outside) {
  try {
    attempt();
    console.log(name, "allowed");
  } catch (error) {
    console.log(name, error instanceof Deno.errors.NotCapable);
  }
}
`;

const EXPECTED = [
  "log true",
  "grammy HttpError",
  "sqlite wal",
  "markdown 1",
  "statfs true",
  "child true",
  "tar true",
  "read true",
  "write true",
  "run true",
  "env true",
  "sys true",
];
