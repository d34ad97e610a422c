import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parse as parseJsonc } from "@std/jsonc";
import {
  loadSettings,
  loadSettingsFile,
  SettingsError,
  settingsJsonSchema,
  settingsTemplate,
} from "../../lib/settings/mod.ts";
import type { Settings } from "../../lib/settings/mod.ts";
import { settingsSchema } from "../../lib/settings/schema.ts";

const TOKEN = `123456789:${"A".repeat(35)}`;
const HOME = "/home/switchboard";
const FILE = `${HOME}/switchboard.jsonc`;

interface World {
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function load(world: World): Promise<Settings> {
  const { env = { TELEGRAM_BOT_TOKEN: TOKEN }, files = {} } = world;
  return loadSettings({
    home: HOME,
    env: (name) => env[name],
    readTextFile: (path) => {
      const text = files[path];
      if (text === undefined) return Promise.reject(new Deno.errors.NotFound("no such file"));
      return Promise.resolve(text);
    },
  });
}

/** Settings that are complete but for `extra`. */
function loadFile(extra: unknown, world: World = {}): Promise<Settings> {
  const data = { telegram: { allowed_users: [1] }, ...(extra as Record<string, unknown>) };
  return load({ ...world, files: { ...world.files, [FILE]: JSON.stringify(data) } });
}

async function problemsOf(loading: Promise<Settings>): Promise<Record<string, string>> {
  const error = await assertRejects(() => loading, SettingsError);
  return Object.fromEntries(error.problems.map(({ path, text }) => [path, text]));
}

Deno.test("settings: two variables are enough to start", async () => {
  const settings = await load({
    env: { TELEGRAM_BOT_TOKEN: TOKEN, SWITCHBOARD_ALLOWED_USERS: "1, 22" },
  });
  assertEquals(settings.telegram, {
    allowed_users: [1, 22],
    api_root: "https://api.telegram.org",
    stream: "edit",
  });
  assertEquals(settings.token, TOKEN);
  assertEquals(settings.claude, {
    command: ["claude"],
    permission_mode: "default",
    allow_bypass: false,
    model: null,
    idle_minutes: 10,
    max_processes: 4,
    watchdog_minutes: 5,
    prompt_minutes: 30,
    budget_usd_per_day: null,
    env: {},
  });
  assertEquals(settings.log, { level: "info" });
  assertEquals(settings.alerts.enabled, false);
  assertEquals(settings.homelab, {});
});

Deno.test("settings: the file may have comments and trailing commas, and sets what it names", async () => {
  const text = `// mine
  { "$schema": "x.json", "telegram": { "allowed_users": [7], "api_root": "http://127.0.0.1:8081/", },
    "claude": { "idle_minutes": 1, "max_turns": 9, "env": { "ANTHROPIC_BASE_URL": "http://x" } }, }`;
  const settings = await load({ files: { [FILE]: text } });
  assertEquals(settings.telegram.allowed_users, [7]);
  assertEquals(settings.telegram.api_root, "http://127.0.0.1:8081");
  assertEquals(settings.claude.idle_minutes, 1);
  assertEquals(settings.claude.max_turns, 9);
  assertEquals(settings.claude.env, { ANTHROPIC_BASE_URL: "http://x" });
});

Deno.test("settings: the variable's users win over the file's", async () => {
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, SWITCHBOARD_ALLOWED_USERS: "5" };
  assertEquals((await loadFile({}, { env })).telegram.allowed_users, [5]);
});

Deno.test("settings: nobody named is an error, never everyone", async () => {
  for (const telegram of [{}, { allowed_users: [] }]) {
    const problems = await problemsOf(loadFile({ telegram }));
    assertStringIncludes(problems["telegram.allowed_users"] ?? "", "at least one");
  }
  for (const listed of [",", "all", "*", "-1", "0", "1.5", "1,x", "1e3", "0x1"]) {
    const env = { TELEGRAM_BOT_TOKEN: TOKEN, SWITCHBOARD_ALLOWED_USERS: listed };
    assert((await problemsOf(load({ env })))["SWITCHBOARD_ALLOWED_USERS"], listed);
  }
});

Deno.test("settings: a wrong value is named with its path, what was expected and what was found", async () => {
  const cases: [path: string, data: unknown, expected: RegExp][] = [
    ["telegram.allowed_users[0]", { telegram: { allowed_users: ["1"] } }, /user id.*found "1"/],
    ["telegram.allowed_users[0]", { telegram: { allowed_users: [-100] } }, /groups.*found -100/],
    ["telegram.allowed_users[1]", { telegram: { allowed_users: [1, 1.5] } }, /whole.*found 1\.5/],
    ["telegram.allowed_users", { telegram: { allowed_users: 1 } }, /a list, found 1/],
    ["telegram", { telegram: [] }, /an object.*found an empty list/],
    ["telegram.api_root", { telegram: { allowed_users: [1], api_root: "ftp://x" } }, /http.*ftp/],
    [
      "telegram.stream",
      { telegram: { allowed_users: [1], stream: "on" } },
      /"edit", "draft", "off"/,
    ],
    ["claude.command", { claude: { command: [] } }, /at least 1/],
    ["claude.command[0]", { claude: { command: [""] } }, /not empty/],
    ["claude.command", { claude: { command: "claude" } }, /a list, found "claude"/],
    ["claude.permission_mode", { claude: { permission_mode: "yolo" } }, /"bypassPermissions"/],
    ["claude.idle_minutes", { claude: { idle_minutes: 0 } }, /at least 1, found 0/],
    ["claude.idle_minutes", { claude: { idle_minutes: 121 } }, /at most 120/],
    ["claude.max_processes", { claude: { max_processes: 2.5 } }, /a whole number, found 2\.5/],
    ["claude.env.A-B", { claude: { env: { "A-B": "x" } } }, /environment variable/],
    ["claude.env.TELEGRAM_BOT_TOKEN", { claude: { env: { TELEGRAM_BOT_TOKEN: "x" } } }, /never/],
    ["claude.env.LD_PRELOAD", { claude: { env: { LD_PRELOAD: "x" } } }, /loader/],
    ["claude.env.PORT", { claude: { env: { PORT: 5 } } }, /text in quotes, found a number/],
    ["alerts.quiet_hours", { alerts: { quiet_hours: "23-7" } }, /"23:00-07:00".*"23-7"/],
    ["alerts.digest_at", { alerts: { digest_at: "25:00" } }, /"08:00"/],
    ["watches.paths[0]", { watches: { paths: ["app.log"] } }, /absolute path of a file/],
    ["watches.commands[0]", { watches: { commands: ["df -h\nid"] } }, /one command on one line/],
    ["alerts.enabled", { alerts: { enabled: "yes" } }, /true or false, found "yes"/],
    ["homelab.pbs", { homelab: { pbs: true } }, /an object/],
    ["log.level", { log: { level: "warn" } }, /"warning"/],
  ];
  for (const [path, data, expected] of cases) {
    const problems = await problemsOf(loadFile(data));
    assertEquals(Object.keys(problems), [path]);
    assertMatch(problems[path] ?? "", expected);
  }
});

Deno.test("settings: an unknown key is named with the nearest one that exists", async () => {
  const cases: [path: string, data: unknown, suggestion: RegExp][] = [
    ["claude.idel_minutes", { claude: { idel_minutes: 5 } }, /mean claude\.idle_minutes\?$/],
    ["claude.idle_timeout", { claude: { idle_timeout: 5 } }, /^unknown key/],
    ["alert", { alert: {} }, /mean alerts\?$/],
    ["max_processes", { max_processes: 2 }, /mean claude\.max_processes\?$/],
    ["homelab.proxmox", { homelab: { proxmox: {} } }, /^unknown key$/],
    ["telegram.token", { telegram: { allowed_users: [1], token: TOKEN } }, /TELEGRAM_BOT_TOKEN/],
  ];
  for (const [path, data, suggestion] of cases) {
    const problems = await problemsOf(loadFile(data));
    assertEquals(Object.keys(problems), [path]);
    assertMatch(problems[path] ?? "", suggestion);
  }
});

Deno.test("settings: all problems come at once, the environment's too, and the file is named", async () => {
  const data = { claude: { idle_minutes: "x", env: { "1": "a", B: 2 } }, loging: {} };
  const loading = loadFile(data, { env: { SWITCHBOARD_ALLOWED_USERS: "me" } });
  const error = await assertRejects(() => loading, SettingsError, FILE);
  assertEquals(error.problems.map(({ path }) => path).sort(), [
    "SWITCHBOARD_ALLOWED_USERS",
    "TELEGRAM_BOT_TOKEN",
    "claude.env.1",
    "claude.env.B",
    "claude.idle_minutes",
    "loging",
  ]);
  assertMatch(error.message, /^6 problems/);
});

Deno.test("settings: a syntax error names line and column, and quotes nothing", async () => {
  const cases: [text: string, place: string][] = [
    ['{\n  "telegram": {\n    "token": sk-ant-secret\n}', "line 3, column 14"],
    ['{ "a": 1', "line 1, column 9"],
    ["", "line 1, column 1"],
  ];
  for (const [text, place] of cases) {
    const loading = load({ files: { [FILE]: text } });
    const error = await assertRejects(() => loading, SettingsError, place);
    assert(!error.message.includes("sk-ant"));
  }
});

Deno.test("settings: a file that is not an object says so", async () => {
  assertMatch((await problemsOf(load({ files: { [FILE]: "[]" } })))[""] ?? "", /an object/);
});

Deno.test("settings: the token comes from the variable, the named file or systemd, in this order", async () => {
  const other = (letter: string) => `1:${letter.repeat(35)}`;
  const files = {
    [`${HOME}/secret`]: `${other("f")}\n`,
    "/run/credentials/x/telegram_bot_token": other("s"),
  };
  const telegram = { allowed_users: [1], token_file: "secret" };
  const CREDENTIALS_DIRECTORY = "/run/credentials/x";
  const token = async (extra: unknown, env: Record<string, string>) =>
    (await loadFile(extra, { env, files })).token;
  assertEquals(
    await token({ telegram }, { CREDENTIALS_DIRECTORY, TELEGRAM_BOT_TOKEN: TOKEN }),
    TOKEN,
  );
  assertEquals(await token({ telegram }, { CREDENTIALS_DIRECTORY }), other("f"));
  assertEquals(await token({}, { CREDENTIALS_DIRECTORY }), other("s"));
});

Deno.test("settings: a token that cannot be read or is none is named, and not shown", async () => {
  const none = await problemsOf(loadFile({}, { env: {} }));
  assertMatch(none["TELEGRAM_BOT_TOKEN"] ?? "", /@BotFather/);
  const malformed = await problemsOf(loadFile({}, { env: { TELEGRAM_BOT_TOKEN: "hunter2" } }));
  assert(!(malformed["TELEGRAM_BOT_TOKEN"] ?? "hunter2").includes("hunter2"));
  const telegram = { allowed_users: [1], token_file: "gone" };
  const gone = await problemsOf(loadFile({ telegram }, { env: {} }));
  assertMatch(gone["telegram.token_file"] ?? "", /\/home\/switchboard\/gone.*no such file/);
});

Deno.test("settings: a secret in the wrong place is not echoed", async () => {
  const cases = [
    { claude: { env: { ANTHROPIC_API_KEY: 55566677 } } },
    { claude: { model: 5, permission_mode: TOKEN } },
    { telegram: { allowed_users: [TOKEN] } },
    { telegram: { allowed_users: [1], stream: "sk-ant-api03-abcdefgh" } },
    { telegram: { allowed_users: [1], api_root: "ftp://me:hunter2@host" } },
  ];
  for (const data of cases) {
    const error = await assertRejects(() => loadFile(data), SettingsError);
    for (const secret of ["55566677", "AAAA", "abcdefgh", "hunter2"]) {
      assert(!error.message.includes(secret), error.message);
    }
  }
});

Deno.test("settings: the template holds exactly the defaults, and lacks the users alone", async () => {
  const users = { SWITCHBOARD_ALLOWED_USERS: "42", TELEGRAM_BOT_TOKEN: TOKEN };
  const fromTemplate = await load({
    files: { [FILE]: settingsTemplate().replace('"allowed_users": []', '"allowed_users": [42]') },
  });
  assertEquals(fromTemplate, await load({ env: users }));
  const problems = await problemsOf(load({ files: { [FILE]: settingsTemplate() } }));
  assertEquals(Object.keys(problems), ["telegram.allowed_users"]);
});

Deno.test("settings: the template mentions every key, and the JSON Schema describes it", () => {
  const schema = settingsJsonSchema();
  const template = settingsTemplate();
  assert(parseJsonc(template) !== null);
  for (const [part, { properties = {} }] of Object.entries(schema.properties ?? {})) {
    for (const [key, value] of Object.entries(properties)) {
      assertStringIncludes(template, `"${key}"`);
      assert(typeof value.description === "string", `${part}.${key} has no description`);
    }
  }
  assertEquals(schema.additionalProperties, false);
  assertEquals(schema.required, undefined);
});

Deno.test("settings: every example of a service that the template shows is understood", () => {
  const services = settingsJsonSchema().properties?.["homelab"]?.properties ?? {};
  for (const [name, { example }] of Object.entries(services)) {
    const { error } = settingsSchema.safeParse({ homelab: { [name]: example } });
    assertEquals([example === undefined, error], [false, undefined], name);
  }
});

Deno.test("settings: a project is a directory below home, perhaps with trust", async () => {
  const load = (projects: unknown) =>
    loadSettingsFile({
      home: "/home",
      readTextFile: () => Promise.resolve(JSON.stringify({ projects })),
    });
  const { projects } = await load({
    a: "sessions/a",
    b: { directory: "sessions/b", trust: "always" },
    c: { directory: "sessions/c" },
  });
  assertEquals(projects, {
    a: "sessions/a",
    b: { directory: "sessions/b", trust: "always" },
    c: { directory: "sessions/c", trust: "ask" },
  });
  for (const wrong of ["/etc", "../x", "a/../../b", "", { directory: "/x", trust: "always" }]) {
    await assertRejects(() => load({ x: wrong }), SettingsError);
  }
});
