import { assertEquals, assertRejects } from "@std/assert";
import type { ControlAnswer } from "../../lib/claude/control.ts";
import { setPermissions } from "../../lib/claude/permissions.ts";
import { NO_PERMISSIONS } from "../../lib/claude/launch.ts";
import { StartError } from "../../lib/claude/failures.ts";
import { fakeClock } from "../fake_clock.ts";
import { launch, nursery } from "./fake_child.ts";
import { ClaudeProcess } from "../../lib/claude/process.ts";

const GIT = "Bash(git:*)";
const rules = { ...NO_PERMISSIONS, allow: ["Bash(ls:*)"], ask: [GIT] };

/** A process that gives these answers. */
function answering(...answers: ControlAnswer[]) {
  return { control: () => Promise.resolve(answers.shift()) };
}
const ok = (response: unknown): ControlAnswer => ({ ok: true, response });
const applied = (ask: unknown) => ok({ effective: { permissions: { ask } } });

const CASES: [string, ControlAnswer[], boolean][] = [
  ["the CLI names the ask rule", [ok(undefined), applied(["Bash(rm:*)", GIT])], true],
  ["the CLI names another", [ok(undefined), applied(["Bash(rm:*)"])], false],
  ["the CLI names none", [ok(undefined), ok({ effective: {} })], false],
  ["the CLI says something else", [ok(undefined), ok("fine")], false],
  ["the CLI refuses", [{ ok: false, response: undefined }], false],
  ["the CLI is silent", [undefined], false],
  ["the CLI falls silent", [ok(undefined), undefined], false],
];
for (const [what, answers, expected] of CASES) {
  Deno.test(`permissions: in force = ${expected} when ${what}`, async () =>
    assertEquals(await setPermissions(answering(...answers), rules), expected));
}

/** A start, and the child that it starts. */
async function begin(fields: Parameters<typeof launch>[0], applies: boolean) {
  const clock = fakeClock();
  const { spawn, children } = nursery({ applies });
  const options = {
    ...{ command: ["claude"], env: {}, spawn, clock, watchdogMs: 60_000, onEvent: () => {} },
  };
  const start = ClaudeProcess.start(launch(fields), options);
  start.catch(() => {});
  await clock.advance(10_000);
  return { start, child: children[0]!, clock };
}

const applications = (child: { linesOf(type: string): Readonly<Record<string, unknown>>[] }) =>
  child.linesOf("control_request").map(({ request }) => request as Record<string, unknown>)
    .filter(({ subtype }) => subtype === "apply_flag_settings").map(({ settings }) => settings);

Deno.test("permissions: a process has its rules before it is handed out", async () => {
  const { start, child, clock } = await begin({ permissions: rules }, true);
  const process = await start;
  assertEquals(applications(child), [{ permissions: rules }]);
  assertEquals(await process.rules.give(NO_PERMISSIONS), true);
  assertEquals(applications(child).at(-1), { permissions: NO_PERMISSIONS });
  const closed = process.close("closed");
  await clock.advance(1_000);
  await closed;
});

Deno.test("permissions: a CLI that does not take them is ended, and the start fails with a sentence", async () => {
  const { start, child, clock } = await begin({ permissions: rules }, false);
  await clock.advance(10_000);
  await assertRejects(() => start, StartError, "did not take the permission rules");
  assertEquals(child.stdinClosed, true);
});

Deno.test("permissions: without any nothing is asked of the CLI", async () => {
  const { start, child, clock } = await begin({}, false);
  const process = await start;
  assertEquals(applications(child), []);
  const closed = process.close("closed");
  await clock.advance(1_000);
  await closed;
});
