import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { configureLog, LOG_FILE, logger, timed } from "../../lib/log/mod.ts";
import type { Log, LogOptions } from "../../lib/log/mod.ts";

const TOKEN = "987654321:AAEabcdefghijklmnopqrstuvwxyz012345";

interface Bench {
  readonly home: string;
  readonly stderr: string[];
  readonly log: Log;
  lines(suffix?: string): string[];
}

/** Runs `body` with a log in a home of its own. */
async function withLog(
  options: Partial<LogOptions>,
  body: (bench: Bench) => Promise<void> | void,
): Promise<void> {
  const home = await Deno.makeTempDir();
  const stderr: string[] = [];
  await Deno.mkdir(join(home, "state"));
  const defaults: LogOptions = {
    home,
    level: "info",
    secrets: [],
    console: false,
    stderr: (line) => stderr.push(line),
  };
  const lines = (suffix = "") => {
    const text = Deno.readTextFileSync(join(home, LOG_FILE + suffix));
    return text.split("\n").slice(0, -1);
  };
  try {
    await using log = await configureLog({ ...defaults, ...options });
    await body({ home, stderr, log, lines });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("log: a record is one line with time, level, category, message and properties", () =>
  withLog({}, ({ lines, stderr }) => {
    logger("telegram").info("Update {id} arrived", { id: 7, chat: "a b", deep: { x: [1, 2] } });
    const [line = ""] = lines();
    assertMatch(
      line,
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info {4}telegram: Update 7 arrived /,
    );
    assertStringIncludes(line, 'chat="a b"');
    assertStringIncludes(line, "deep={ x: [ 1, 2 ] }");
    assertEquals(stderr, []);
  }));

Deno.test("log: what a record brings cannot forge a second line", () =>
  withLog({}, ({ lines }) => {
    logger("telegram").warn("Name {name}", { name: "x\n2026 fatal \u001b[31m" });
    assertEquals(lines().length, 1);
    assertStringIncludes(lines()[0] ?? "", "x\\n2026 fatal \\u001b[31m");
  }));

Deno.test("log: records below the level are dropped", () =>
  withLog({ level: "warning" }, ({ lines }) => {
    logger("a").info("no");
    logger("a").warn("yes");
    assertEquals(lines().length, 1);
  }));

Deno.test("log: secrets are hidden in messages, properties, errors, URLs and quotes", () =>
  withLog({ secrets: [TOKEN, 'pa"ss/word', ""] }, ({ lines }) => {
    const log = logger("telegram");
    const cause = new Error("inner sk-ant-api03-SECRET_x");
    const error = new Error(`GET https://api.telegram.org/bot${TOKEN}/getMe`, { cause });
    log.error("Failed: {error}", { error });
    log.info(`token ${TOKEN}`);
    log.info("nested", { a: { b: [{ c: TOKEN }] }, m: new Map([[TOKEN, 1]]), e: [error] });
    log.info("quoted", { q: 'pa"ss/word', n: { q: 'pa"ss/word' } });
    log.info(`encoded ${encodeURIComponent(TOKEN)} ${encodeURIComponent('pa"ss/word')}`);
    log.info("other bot 123456:AAEabcdefghijklmnopqrstuvwxyz0123456 sk-ant-oat01-SECRET_y");
    log.info("Authorization: PBSAPIToken=root@pam!x:SECRET_z Bearer SECRET_w");
    log.info("long " + "x".repeat(20_000) + TOKEN);
    const text = lines().join("\n");
    assertEquals(lines().length, 8);
    for (const secret of [TOKEN, "AAEabc", "SECRET", "ss/word", "ss%2Fword"]) {
      assert(!text.includes(secret), `${secret} in ${text.slice(0, 3000)}`);
    }
    assertStringIncludes(text, "/bot[redacted]/getMe");
    assertStringIncludes(text, "log_test.ts");
  }));

Deno.test("log: values that refuse to be shown are survived", () =>
  withLog({}, ({ lines }) => {
    const cycle: Record<string, unknown> = { big: 1n, date: new Date(NaN) };
    cycle.self = cycle;
    const hostile = {
      [Symbol.for("Deno.customInspect")]() {
        throw new Error("no");
      },
    };
    logger("a").info("odd {cycle} {hostile}", { cycle, hostile });
    assertStringIncludes(lines()[0] ?? "", "[unprintable]");
  }));

Deno.test("log: a full file is rotated, so many files are kept, only the owner reads them", () =>
  withLog({ rotation: { maxBytes: 300, files: 3 } }, async ({ home, lines }) => {
    for (let i = 0; i < 40; i++) logger("a").info("line {i}", { i });
    assertMatch(lines().at(-1) ?? "", /line 39$/);
    const last = Number(/line (\d+)$/.exec(lines(".1").at(-1) ?? "")?.[1]);
    assertMatch(lines()[0] ?? "", new RegExp(`line ${last + 1}$`));
    const names = [...Deno.readDirSync(join(home, "state"))].map(({ name }) => name).sort();
    assertEquals(names, ["switchboard.log", "switchboard.log.1", "switchboard.log.2"]);
    for (const name of names) {
      const { mode, size } = await Deno.stat(join(home, "state", name));
      assertEquals((mode ?? 0) & 0o777, 0o600);
      assert(size <= 300);
    }
  }));

Deno.test("log: a file that is there already is appended to", async () => {
  await withLog({}, async ({ home, lines, log }) => {
    logger("a").info("before");
    await log.close();
    logger("a").info("dropped");
    const options = { home, level: "info", secrets: [], console: false } as const;
    await using _again = await configureLog(options);
    logger("a").info("after");
    assertEquals(lines().map((line) => line.split(" ").at(-1)), ["before", "after"]);
  });
});

Deno.test("log: for those who look on, every line goes to stderr too", () =>
  withLog({ console: true }, ({ lines, stderr }) => {
    logger("a").info("seen");
    assertEquals(stderr, lines().map((line) => `${line}\n`));
  }));

Deno.test("log: an unwritable file is told once, its lines go to stderr, and nothing throws", () =>
  withLog({}, async ({ home, stderr, log }) => {
    await Deno.remove(join(home, "state"), { recursive: true });
    logger("a").info("one");
    logger("a").info("two");
    log.flush();
    assertEquals(stderr.length, 3);
    assertMatch(stderr[0] ?? "", /cannot be written/);
    assertMatch(stderr[2] ?? "", /two\n$/);
  }));

Deno.test({
  name: "log: a full disk does not reach the program",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withLog({}, async ({ home, stderr }) => {
      await Deno.symlink("/dev/full", join(home, LOG_FILE));
      logger("a").info("lost to the file");
      assertEquals(stderr.length, 2);
      assertMatch(stderr[1] ?? "", /lost to the file\n$/);
    }),
});

Deno.test("log: a timing names its stage and lets result and error pass", () =>
  withLog({}, async ({ lines }) => {
    const times = [100, 331.4, 500, 510];
    const now = () => times.shift() ?? 0;
    const log = logger("fleet");
    assertEquals(await timed(log, "fleet.start", () => Promise.resolve(5), now), 5);
    const failing = () => timed(log, "fleet.stop", () => Promise.reject(new Error("x")), now);
    await assertRejects(failing, Error, "x");
    assertMatch(lines()[0] ?? "", /fleet: \[TIMING\] fleet\.start 231 ms$/);
    assertMatch(lines()[1] ?? "", /\[TIMING\] fleet\.stop 10 ms, failed$/);
  }));
