/** What the canary makes of a CLI, whichever stands behind the name: the stand-in, or the real one. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { makeEmptyConfigRoot } from "../../lib/claude/config_root.ts";
import { denoSpawn } from "../../lib/claude/launch.ts";
import { createLock, type LockOptions } from "../../lib/claude/lock.ts";
import { StartError } from "../../lib/claude/failures.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { openJournal } from "../../lib/journal/mod.ts";

/** Shell code that changes the arguments, or refuses, before the CLI is run with "$@". */
type Wrapper = string;

const drop = (flag: string) => `
for arg; do shift; if [ "$arg" = ${flag} ]; then skip=1; elif [ -n "$skip" ]; then skip=; else set -- "$@" "$arg"; fi; done`;

const KNOWS_NO_FLAG: Wrapper =
  `case " $* " in *" --project-config-root "*) echo "error: unknown option '--project-config-root'" >&2; exit 1;; esac`;
const IGNORES_THE_FLAG = drop("--project-config-root");
/** As a CLI that obeys the directory whatever it is told. */
const IGNORES_ALL = `${IGNORES_THE_FLAG}\n${drop("--setting-sources")}`;
/** As one that takes nothing from the directory, in no way that can be seen. */
const SEES_NOTHING =
  `[ "$*" = --version ] || { ${IGNORES_ALL.trim()}\nset -- "$@" --setting-sources user; }`;

/** How fast it goes. */
interface Pace {
  readonly clock: Clock;
  /** When a slow machine runs what is planted, in seconds after its start. */
  readonly lateS: number;
}

const REAL_PACE: Pace = { clock: systemClock, lateS: 2 };

/** The canary's own pauses are five times shorter; what bounds a process keeps its time. */
export const HASTY: Pace = {
  clock: { ...systemClock, after: (ms, act) => systemClock.after(ms <= 1_000 ? ms / 5 : ms, act) },
  lateS: 0.6,
};

/** Shell code that leaves a mark in the planted directory some time after the handshake. */
const marksLate = ({ lateS }: Pace) =>
  `(sleep ${lateS}; touch "$(echo "$PWD" | sed s,/project-,/marks-,)/late") > /dev/null 2>&1 &`;
/** As a slow machine, where what is planted runs some time after the handshake. */
const late = (pace: Pace): Wrapper =>
  `case " $* " in *" --project-config-root $HOME/trust/canary/"*)
${marksLate(pace)}
${SEES_NOTHING};; esac`;
/** The same, of a CLI that obeys the directory whatever it is told. */
const lateAndHeedsNothing = (pace: Pace): Wrapper =>
  `[ "$*" = --version ] || { ${marksLate(pace)}
}
${SEES_NOTHING}`;

interface Tried {
  readonly wrapper: Wrapper;
  readonly patienceMs?: number;
}

/** A home with a lock of its own. */
async function withLock(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  { wrapper, patienceMs }: Tried,
  clock: Clock,
  test: (parts: { lock: ReturnType<typeof createLock>; home: string; starts: string[] }) => Promise<
    void
  >,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "switchboard lock's " });
  await makeEmptyConfigRoot(home);
  const program = join(home, "claude");
  const words = command.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(program, `#!/bin/sh\n${wrapper}\nexec ${words} "$@"\n`, { mode: 0o755 });
  using journal = openJournal(":memory:");
  const starts: string[] = [];
  const options: LockOptions = {
    home,
    proved: journal.provedLocks,
    process: {
      command: [program],
      env: { ...env, HOME: home },
      spawn(command, options) {
        starts.push(command.slice(1).join(" "));
        return denoSpawn(command, options);
      },
      clock,
      watchdogMs: 60_000,
    },
    uuid: () => crypto.randomUUID(),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };
  const lock = createLock(options);
  try {
    await test({ lock, home, starts });
    const left = [...Deno.readDirSync(join(home, "trust"))].map(({ name }) => name);
    assertEquals(left, ["empty"], "the canary leaves nothing behind");
  } finally {
    await lock.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** Defines the tests for one CLI. */
export function canaryTests(
  name: string,
  start: () => Promise<{ command: readonly string[]; env: Readonly<Record<string, string>> }>,
  pace = REAL_PACE,
): void {
  const test = (what: string, tried: Wrapper | Tried, body: Parameters<typeof withLock>[4]) =>
    Deno.test(`canary of ${name}: ${what}`, async () => {
      const { command, env } = await start();
      const how = typeof tried === "string" ? { wrapper: tried } : tried;
      await withLock(command, env, how, pace.clock, body);
    });

  test("the flag holds, is proved once, and nothing is missing", "", async (parts) => {
    const { lock, home, starts } = parts;
    assertEquals(
      await Promise.all([lock.configRoot(), lock.configRoot()]),
      Array(2).fill(join(home, "trust/empty")),
    );
    const proof = starts.filter((words) => words !== "--version");
    assertEquals(proof.map((words) => words.includes("--project-config-root")), [true, true]);
    await lock.configRoot();
    assertEquals(starts.filter((words) => words !== "--version").length, 2);
    assertEquals(lock.missing, null);
  });

  for (
    const [what, wrapper] of [
      ["does not know the flag", KNOWS_NO_FLAG],
      ["takes the flag and does not heed it", IGNORES_THE_FLAG],
    ] as const
  ) {
    test(
      `one that ${what} gets the fallback, which says what is missing`,
      wrapper,
      async (parts) => {
        const { lock } = parts;
        assertEquals(await lock.configRoot(), null);
        assertEquals(lock.missing?.includes("--project-config-root"), true);
      },
    );
  }

  for (
    const [what, wrapper] of [
      ["heeds nothing", IGNORES_ALL],
      ["shows nothing, whatever is planted", SEES_NOTHING],
    ] as const
  ) {
    const tried = { wrapper, patienceMs: 500 };
    test(`one that ${what} is not used, and tried again next time`, tried, async (parts) => {
      const { lock, starts } = parts;
      await assertRejects(() => lock.configRoot(), StartError, "is not used");
      const tried = starts.length;
      await assertRejects(() => lock.configRoot(), StartError, "is not used");
      assertEquals(starts.length > tried + 1, true);
    });
  }

  test(
    "one that runs late what is planted is not taken for one that does not run it",
    lateAndHeedsNothing(pace),
    async ({ lock }) => {
      await assertRejects(() => lock.configRoot(), StartError, "is not used");
    },
  );

  test("what has to be heard is waited for", late(pace), async ({ lock, home }) => {
    assertEquals(await lock.configRoot(), join(home, "trust/empty"));
    assertEquals(lock.missing, null);
  });

  test("a command that is not there is said as ever", "exit 127", async ({ lock }) => {
    await assertRejects(() => lock.configRoot(), StartError, "could not be started");
  });
}
