import { assertEquals, assertMatch } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { ended, said, Stage, started } from "./stage.ts";

const LOST: TurnEvent = { type: "unsaved", what: "conversation", why: "full" };
/** As the CLI says it (2.1.329). */
const STDERR =
  "Error: Claude Code could not save all of this session's transcript under /root/.claude because the disk is full (ENOSPC). If you resume this session, part of the conversation may be missing. Free up space on that disk before the next run.\n";
const gone = (stderrTail = ""): TurnEvent => ({ type: "exited", reason: "idle", stderrTail });

async function spokenTo(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask("one", { place: { chat: 1 } });
  await stage.answered("p1", "1");
  stage.texts();
  return stage;
}

Deno.test("unsaved: what the CLI could not save is told once, where the session was last spoken to", async () => {
  using stage = await spokenTo();
  stage.conversations.heard("s", LOST);
  stage.conversations.heard("s", gone(STDERR));
  const [words, ...more] = stage.texts();
  assertMatch(words!, /The disk is full: Claude Code could not save the last part/);
  assertEquals(more, []);
});

Deno.test("unsaved: a process that ends with an error says it on stderr alone", async () => {
  using stage = await spokenTo();
  stage.conversations.heard("s", gone(STDERR));
  assertEquals(stage.texts().length, 1);
  stage.conversations.heard(
    "s",
    gone(STDERR.replace("the disk is full (ENOSPC)", "your disk quota is used up (EDQUOT)")),
  );
  assertMatch(stage.texts()[0]!, /The disk quota is used up/);
  stage.conversations.heard("s", gone("Error: something else\n"));
  assertEquals(stage.texts(), []);
});

Deno.test("unsaved: our own disk may be full too; then it is told when it takes it", async () => {
  using stage = await spokenTo();
  const { deliveries } = stage.journal;
  const add = deliveries.add;
  deliveries.add = () => {
    throw new Error("database or disk is full");
  };
  stage.conversations.heard("s", LOST);
  assertEquals(stage.texts(), []);
  deliveries.add = add;
  await stage.clock.advance(120_000);
  assertEquals(stage.texts().length, 1);
});

Deno.test("limits: a turn that goes on after one says why at its head", async () => {
  using stage = await spokenTo();
  const text = "The limit was reset at 14:00; Claude goes on with what it had stopped.";
  await stage.heard(started(), { type: "continues", text }, said("Done."), ended([]));
  assertEquals(stage.compose.closings.at(-1)?.turn.continues, text);
});

const failed = (...names: string[]): TurnEvent => ({
  ...{ type: "servers", more: 0 },
  failed: names.map((name) => ({ name, reason: "ENOENT: no such file." })),
});

Deno.test("servers: those that failed are told once, whatever processes come, until it changes", async () => {
  using stage = await spokenTo();
  const heard = (event: TurnEvent) => stage.conversations.heard("s", event);
  heard(failed());
  assertEquals(stage.texts(), []);
  heard(failed("broken"));
  assertEquals(stage.texts(), [
    "🔌 An MCP server does not work in **s**; Claude has to do without.\n\n**broken**: ENOENT&#58; no such file&#46;",
  ]);
  heard(failed("broken")); // Of the next process.
  assertEquals(stage.texts(), []);
  heard(failed("broken", "*other*"));
  assertMatch(stage.texts()[0]!, /^🔌 MCP servers do not work[^]*&#42;other&#42;/);
  heard(failed());
  assertEquals(stage.texts(), ["🔌 All MCP servers of **s** work again."]);
});
