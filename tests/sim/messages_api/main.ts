// deno-lint-ignore-file no-console -- a program of the command line
/**
 * The Messages API by itself, until Ctrl-C; what it is asked is told on stdout:
 *
 *     deno run -A tests/sim/messages_api/main.ts --port 8082
 *     ANTHROPIC_BASE_URL=http://127.0.0.1:8082 ANTHROPIC_API_KEY=any claude -p 'SAY:hello'
 */
import { parseArgs } from "node:util";
import { startMessagesApi } from "./server.ts";

const USAGE = `Usage: deno run -A main.ts [options]
  --port N         where it listens on 127.0.0.1 (8082; 0 for any free port)
  --chunk N        characters per delta, unless the prompt says otherwise (24)
  --delay MS       pause between deltas (none)
  --first MS       pause before the first byte (none)`;

const text = { type: "string" } as const;

async function main(): Promise<void> {
  const options = { port: text, chunk: text, delay: text, first: text };
  const { values } = parseArgs({ args: Deno.args, options });
  const number = (name: keyof typeof options, or: number) => {
    const value = Number(values[name] ?? or);
    if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} is a number`);
    return value;
  };
  await using api = await startMessagesApi({
    port: number("port", 8082),
    chunk: number("chunk", 24),
    deltaDelayMs: number("delay", 0),
    firstDelayMs: number("first", 0),
    onRequest: ({ method, path, bytes }) => console.log(`${method} ${path} (${bytes} bytes)`),
  });
  console.log(api.url);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, resolve);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  Deno.exit(2);
}
Deno.exit(0);
