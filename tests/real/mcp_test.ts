/** MCP servers of the owner's, with the real Claude Code CLI: what they ask, and those that fail. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { until } from "../e2e/harness.ts";
import { REAL_VERSIONS } from "../sim/real_claude.ts";
import { realBench } from "./bench.ts";

const SERVER = fromFileUrl(new URL("mcp_server.ts", import.meta.url));

/** The CLI's configuration with these servers for the user. */
async function configWith(mcpServers: object): Promise<string> {
  const config = await Deno.makeTempDir({ prefix: "switchboard-mcp-" });
  await Deno.writeTextFile(join(config, ".claude.json"), JSON.stringify({ mcpServers }));
  return config;
}

for (const version of REAL_VERSIONS) {
  Deno.test(`real: an MCP server's form is filled in here, an address is opened; one that fails is named (${version})`, async () => {
    const config = await configWith({
      form: { command: Deno.execPath(), args: ["run", "--no-config", SERVER] },
      broken: { command: "/nonexistent/server" },
    });
    try {
      await using real = await realBench({ claudeEnv: { CLAUDE_CONFIG_DIR: config } }, version);
      const { bench } = real;
      await bench.start();
      bench.say("/new work");
      bench.say("hello");
      await bench.hears(/ok #1: hello/);
      const { text } = await bench.hears(/An MCP server does not work in work/);
      assertStringIncludes(text, "broken: ENOENT");
      bench.say('TOOL:json:mcp__form__ask:{"kind":"form"}');
      await bench.hears(/work wants|work asks/);
      await bench.presses("Allow once");
      await bench.hears(/a form · 1 of 3[^]*'form' asks this, not Claude/);
      bench.say("nas");
      await bench.hears(/2 of 3/);
      await bench.presses("443");
      await bench.hears(/3 of 3/);
      await bench.presses("Medium");
      await bench.hears(/done after/);
      const got = (what: object) =>
        JSON.stringify(real.messages.requests.at(-1)?.["body"])
          .includes(JSON.stringify(JSON.stringify(what)).slice(1, -1));
      assert(got({ action: "accept", content: { host: "nas", port: 443, size: "m" } }));
      bench.say('TOOL:json:mcp__form__ask:{"kind":"url"}');
      await bench.presses("Allow once");
      await bench.hears(/Open this address, which is on auth\.example[^]*login\?x=1/);
      await bench.presses("Decline");
      await until(() => got({ action: "decline" }), 10_000);
      assertEquals(bench.api.violations, []);
    } finally {
      await Deno.remove(config, { recursive: true });
    }
  });
}
