import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { McpServers } from "../../lib/claude/mcp.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { settle } from "../fake_clock.ts";

/** A process whose servers failed for these reasons. */
function stage(reasons: Readonly<Record<string, string>>, answers = true) {
  const events: TurnEvent[] = [];
  let asked = 0;
  const control = () => {
    asked++;
    const mcpServers = Object.entries(reasons).map(([name, error]) => ({
      ...{ name, status: "failed", error, config: { headers: { token: "secret" } } },
    }));
    return Promise.resolve(answers ? { ok: true, response: { mcpServers } } : undefined);
  };
  const servers = new McpServers({ control }, (event) => events.push(event));
  const init = async (...mcp_servers: object[]) => {
    const line = { type: "system", subtype: "init", session_id: "s", mcp_servers };
    const decoded = decodeLine(JSON.stringify(line));
    if (decoded.kind === "message") servers.heard(decoded.message);
    await settle();
  };
  return { events, init, asked: () => asked };
}
const failed = (name: string) => ({ name, status: "failed" });

Deno.test("mcp: a server that failed is named with its reason, once", async () => {
  const { events, init } = stage({ broken: "ENOENT: no such file" });
  await init(failed("broken"), { name: "well", status: "connected" });
  await init(failed("broken"), { name: "well", status: "connected" });
  assertEquals(events, [{
    ...{ type: "servers", failed: [{ name: "broken", reason: "ENOENT: no such file" }], more: 0 },
  }]);
});

Deno.test("mcp: another set is told anew, and that none fails any more", async () => {
  const { events, init, asked } = stage({ a: "x", b: "y" });
  await init({ name: "a", status: "pending" });
  await init(failed("a"));
  await init(failed("a"), failed("b"));
  await init();
  const names = events.flatMap((event) =>
    event.type === "servers" ? [event.failed.map(({ name }) => name)] : []
  );
  assertEquals(names, [[], ["a"], ["a", "b"], []]);
  assertEquals(asked(), 2); // Only where something failed.
});

Deno.test("mcp: no reason, many servers and long names are told as far as they go", async () => {
  const { events, init } = stage({}, false);
  await init(...Array.from({ length: 12 }, (_, n) => failed(`${n} ${"x".repeat(500)}`)));
  const [event] = events;
  if (event?.type !== "servers") throw new Error("nothing was told");
  assertEquals([event.failed.length, event.more], [10, 2]);
  assertEquals(event.failed.every(({ name, reason }) => name.length <= 80 && reason === ""), true);
});
