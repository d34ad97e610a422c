import { z } from "zod";
import { callsOf, looseIn } from "./calls.ts";
import type { DirectoryFiles } from "./files.ts";
import { type Findings, isObject, type JsonObject, shownValue, thing } from "./thing.ts";

const Values = z.record(z.string(), z.string());

const Stdio = z.strictObject({
  type: z.literal("stdio").optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: Values.default({}),
});

const Remote = z.strictObject({
  type: z.enum(["http", "sse", "streamable-http"]),
  url: z.string().min(1),
  headers: Values.default({}),
});

/** The servers that `.mcp.json` names. */
export async function serverThings(
  file: JsonObject,
  files: DirectoryFiles,
  { things, leftOut }: Findings,
): Promise<void> {
  const { mcpServers: servers, ...rest } = file;
  for (const key of Object.keys(rest)) {
    leftOut.push({ what: `.mcp.json: ${key}`, why: "I do not know what it does" });
  }
  if (!isObject(servers ?? {})) return void leftOut.push(unreadable("mcpServers"));
  for (const [name, config] of Object.entries((servers ?? {}) as JsonObject)) {
    const stdio = Stdio.safeParse(config);
    const remote = Remote.safeParse(config);
    if (stdio.success) {
      const { command, args, env } = stdio.data;
      const line = [command, ...args].map(quotedIfNeeded).join(" ");
      const calls = await callsOf(line, files);
      const loose = [...calls.loose, ...await looseIn(Object.values(env), files)];
      const text = [line, ...shownValues(env)].join("\n");
      const part = { to: "servers" as const, name, config: { command, args, env } };
      things.push(thing("server", name, text, part, { files: calls.files, loose }));
    } else if (remote.success) {
      const { type, url, headers } = remote.data;
      const text = [`${type} ${url}`, ...shownValues(headers)].join("\n");
      const part = { to: "servers" as const, name, config: { type, url, headers } };
      things.push(thing("server", name, text, part));
    } else leftOut.push(unreadable(name));
  }
}

const unreadable = (name: string) => ({
  what: `.mcp.json: ${name}`,
  why: "I do not understand all of it",
});

const shownValues = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `${name}=${shownValue(name, value)}`);

const quotedIfNeeded = (word: string) =>
  /^[\w@%+=:,./${}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
