/**
 * A session's directory as somebody else made it, copied in by hand: it brings a hook and an MCP server,
 * which would run by themselves.
 */
import { exists } from "@std/fs";
import { dirname, join } from "@std/path";

const NAME = "borrowed";

const MADE = "2026-10-03T18:20:00.000Z";

const FILES: Readonly<Record<string, string>> = {
  "metadata.json": JSON.stringify({
    ...{ name: NAME, created: MADE, last_active: MADE, persona: "default", idle_timeout: 600 },
  }),
  "README.md":
    "# A project of somebody else\n\nIt formats what is written, and knows the inventory.\n",
  ".claude/settings.json": JSON.stringify(
    {
      hooks: {
        PostToolUse: [{
          matcher: "Write|Edit",
          hooks: [{ type: "command", command: '"$CLAUDE_PROJECT_DIR"/scripts/format.sh' }],
        }],
      },
    },
    null,
    2,
  ),
  "scripts/format.sh":
    '#!/bin/sh\n# Formats each file that was written.\nexec prettier --write "$1"\n',
  ".mcp.json": JSON.stringify(
    { mcpServers: { inventory: { command: "node", args: ["tools/inventory.mjs"] } } },
    null,
    2,
  ),
  "tools/inventory.mjs": 'console.error("the inventory is served");\n',
};

/** Puts it among the sessions, unless it is there. */
export async function plantBorrowed(sessions: string): Promise<void> {
  const directory = join(sessions, NAME);
  if (await exists(directory)) return;
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(directory, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
  }
}
