import { assert, assertEquals, assertMatch } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { beginTurn, type FakeChild, type Json, WATCHDOG_MS } from "./fake_child.ts";
import { only } from "./recording.ts";

const ALLOW = { kind: "allow" } as const;

/** What was answered to the CLI's requests. */
const answers = (child: FakeChild) =>
  child.linesOf("control_response").map(({ response }) => response as Json);

/** A turn that asks whether it may run a command. */
async function asked() {
  const scene = await beginTurn();
  scene.child.ask("r1", { command: "rm -rf build", description: "Clean" });
  await settle();
  return scene;
}

Deno.test("requests: a request of the CLI is told with what it wants to do", async () => {
  const { events, close } = await asked();
  assertEquals(only(events, "request").map(({ request }) => request), [{
    kind: "permission",
    id: "r1",
    tool: "Bash",
    input: { command: "rm -rf build", description: "Clean" },
    summary: "Running rm -rf build",
    reason: null,
    subagent: false,
    grantable: null,
    before: null,
  }]);
  await close();
});

Deno.test("requests: allowing sends the input back as it came", async () => {
  const { process, child, close } = await asked();
  assertEquals(process.answer("r1", ALLOW), true);
  await settle();
  assertEquals(answers(child), [{
    subtype: "success",
    request_id: "r1",
    response: {
      behavior: "allow",
      updatedInput: { command: "rm -rf build", description: "Clean" },
    },
  }]);
  await close();
});

Deno.test("requests: denying says why and interrupts nothing", async () => {
  const { process, child, close } = await asked();
  assertEquals(process.answer("r1", { kind: "deny", reason: "Not now" }), true);
  await settle();
  assertEquals(answers(child).map(({ response }) => response), [
    { behavior: "deny", message: "Not now" },
  ]);
  await close();
});

Deno.test("requests: the first answer counts, a second one is not written", async () => {
  const { process, child, close } = await asked();
  assertEquals(process.answer("r1", ALLOW), true);
  assertEquals(process.answer("r1", { kind: "deny", reason: "no" }), false);
  assertEquals(process.answer("unknown", ALLOW), false);
  await settle();
  assertEquals(answers(child).length, 1);
  await close();
});

Deno.test("requests: several are open at once and are answered in any order", async () => {
  const { process, child, close } = await asked();
  child.ask("r2", { command: "two" });
  await settle();
  assert(process.answer("r2", ALLOW));
  assert(process.answer("r1", { kind: "deny", reason: "no" }));
  await settle();
  assertEquals(answers(child).map(({ request_id }) => request_id), ["r2", "r1"]);
  await close();
});

Deno.test("requests: one that the CLI takes back is withdrawn, once, and takes no answer", async () => {
  const { process, child, events, close } = await asked();
  const cancel = { type: "control_cancel_request", request_id: "r1" };
  child.say(cancel, cancel, { ...cancel, request_id: "unknown" });
  await settle();
  assertEquals(only(events, "request_withdrawn"), [{ type: "request_withdrawn", id: "r1" }]);
  assertEquals(process.answer("r1", ALLOW), false);
  await settle();
  assertEquals(answers(child), []);
  await close();
});

Deno.test("requests: the end of the turn withdraws those still open, before it is told", async () => {
  const { process, child, types, close } = await asked();
  child.finish("p1");
  await settle();
  assertEquals(types().slice(-3), ["message", "request_withdrawn", "ended"]);
  assertEquals(process.answer("r1", ALLOW), false);
  await close();
});

Deno.test("requests: while one is open the process is at work, so no idle time ends it", async () => {
  const { process, close } = await asked();
  assertEquals([process.busy, process.alive], [true, true]);
  process.answer("r1", ALLOW);
  assertEquals(process.busy, true);
  await close();
});

Deno.test("requests: an answered one is not withdrawn by the end of the turn", async () => {
  const { process, child, events, close } = await asked();
  process.answer("r1", ALLOW);
  child.finish("p1");
  await settle();
  assertEquals(only(events, "request_withdrawn"), []);
  await close();
});

Deno.test("requests: the end of the child withdraws them, and takes no answer", async () => {
  const { process, child, events, types } = await asked();
  child.end(1);
  await process.exited;
  assertEquals(only(events, "request_withdrawn").map(({ by }) => by), ["exited"]);
  assertEquals(types().slice(-2), ["request_withdrawn", "exited"]);
  assertEquals(process.answer("r1", ALLOW), false);
});

Deno.test("requests: a question is told as one that yes or no does not answer", async () => {
  const { child, events, close } = await beginTurn();
  const questions = [{ question: "Which?", options: [{ label: "A" }] }];
  child.ask("q1", { questions }, { tool_name: "AskUserQuestion" });
  await settle();
  assertEquals(only(events, "request").map(({ request }) => request.kind), ["question"]);
  await close();
});

Deno.test("requests: a request that we do not know is answered with an error, at once", async () => {
  const { child, types, close } = await beginTurn();
  for (const subtype of ["hook_callback", "mcp_message", "request_user_dialog"]) {
    child.say({ type: "control_request", request_id: subtype, request: { subtype } });
  }
  await settle();
  assertEquals(answers(child).map(({ request_id }) => request_id), [
    "hook_callback",
    "mcp_message",
    "request_user_dialog",
  ]);
  for (const { subtype, error } of answers(child)) {
    assertEquals(subtype, "error");
    assertMatch(String(error), /unsupported/);
  }
  assert(!types().includes("request"));
  await close();
});

Deno.test("requests: the watchdog waits for a person without end", async () => {
  const { clock, events, close } = await asked();
  await clock.advance(100 * WATCHDOG_MS);
  assertEquals(only(events, "silent"), []);
  await close();
});

Deno.test("requests: a CLI that falls silent after the answer is reported", async () => {
  const { process, clock, events, close } = await asked();
  await clock.advance(10 * WATCHDOG_MS);
  process.answer("r1", ALLOW);
  await clock.advance(WATCHDOG_MS);
  assertEquals(only(events, "silent").map(({ ms }) => ms), [WATCHDOG_MS]);
  await close();
});

Deno.test("requests: while another one is open the watchdog still waits", async () => {
  const { process, child, clock, events, close } = await asked();
  child.ask("r2", { command: "two" });
  await settle();
  process.answer("r1", ALLOW);
  await clock.advance(10 * WATCHDOG_MS);
  assertEquals(only(events, "silent"), []);
  await close();
});

Deno.test("requests: an MCP server's form is asked, answered and withdrawn like all else", async () => {
  const { child, process, types, close } = await beginTurn();
  const request = {
    ...{ subtype: "elicitation", mcp_server_name: "form", message: "Where?", mode: "form" },
    requested_schema: { properties: { host: { type: "string" } }, required: ["host"] },
  };
  child.say({ type: "control_request", request_id: "e1", request });
  child.say({ type: "control_request", request_id: "e2", request });
  await settle();
  assertEquals(types().filter((type) => type === "request").length, 2);
  assert(process.answer("e1", { kind: "answers", answers: { host: "nas" } }));
  child.say({ type: "control_cancel_request", request_id: "e2" });
  await settle();
  assertEquals(types().filter((type) => type === "request_withdrawn").length, 1);
  assertEquals(answers(child).map(({ response }) => response), [
    { action: "accept", content: { host: "nas" } },
  ]);
  await close();
});

Deno.test("requests: an MCP server's form that cannot be shown is cancelled, and told", async () => {
  const { child, types, close } = await beginTurn();
  const request = { subtype: "elicitation", mcp_server_name: "x", message: "?", mode: "url" };
  child.say({ type: "control_request", request_id: "e1", request });
  await settle();
  assertEquals(answers(child).map(({ response }) => response), [{ action: "cancel" }]);
  assert(types().includes("notice") && !types().includes("request"));
  await close();
});
