/** How tests and the demo start the program as a person does: its own process, its real permissions. */
import { VERSION } from "./claude/flags.ts";
import { fromFileUrl, join } from "@std/path";
import { permissionFlags } from "../../lib/app/permissions.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/**
 * The program as a command: the executable that `SWITCHBOARD_EXECUTABLE` names, or the source under
 * the same permissions.
 */
export function programCommand(): string[] {
  const executable = Deno.env.get("SWITCHBOARD_EXECUTABLE");
  if (executable !== undefined) return [executable];
  return [
    Deno.execPath(),
    ...["run", "--config", join(ROOT, "deno.json")],
    ...permissionFlags(null).map((flag) =>
      // An executable carries these inside.
      flag.startsWith("--allow-read=") ? `${flag},${join(ROOT, "personas")}` : flag
    ),
    join(ROOT, "main.ts"),
  ];
}

/** Its environment: the token, a PATH that begins with `bin`, and what Deno needs for its cache. */
export function programEnv(bin: string, token: string): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "DENO_TLS_CA_STORE", "XDG_CACHE_HOME", "LANG", "NO_COLOR"];
  const inherited = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const PATH = `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return { ...Object.fromEntries(inherited), PATH, TELEGRAM_BOT_TOKEN: token };
}

const STAND_IN = join(ROOT, "tests/sim/claude/main.ts");

/** The stand-in `claude` as a command. */
export function standIn(): string[] {
  return [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", STAND_IN];
}

/** Tells whether a process is that stand-in. */
export const isStandIn = ({ command }: { readonly command: string }) => command.includes(STAND_IN);

/** Puts a `claude` into the folder `bin` that is this command. */
export async function putClaude(bin: string, command: readonly string[]): Promise<void> {
  await Deno.mkdir(bin, { recursive: true });
  const path = join(bin, "claude");
  await Deno.remove(path).catch(() => {}); // There is none yet.
  if (command.length === 1) return await Deno.symlink(command[0]!, path);
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  // Asked before each start of a session: the stand-in need not come up for it.
  const version = `[ "$*" = --version ] && exec echo '${VERSION} (Claude Code)'`;
  // The canary's starts are no session's.
  const canary = "export SIM_CLAUDE_PASS_OVER=/trust/canary/";
  const script = `#!/bin/sh\n${version}\n${canary}\nexec ${words} "$@"\n`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
}
