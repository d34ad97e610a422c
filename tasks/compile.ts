/**
 * `deno task compile [--home DIR] [--output FILE]`: one executable, with its permissions inside.
 *
 * With `--home` it may reach exactly the hosts, programs and files that this home's settings name.
 * Without, it runs in any home and keeps everything scoped but the net. `DENORT_BIN` is honoured by
 * `deno compile` itself, for machines that reach no release server.
 */
import { parseArgs } from "@std/cli/parse-args";
import { dirname, join, resolve } from "@std/path";
import { permissionFlags } from "../lib/app/permissions.ts";
import { loadSettingsFile } from "../lib/settings/mod.ts";
import { bundle, deno, ROOT } from "./bundle.ts";

const USAGE = "Usage: deno task compile [--home DIR] [--output FILE]";

interface Plan {
  readonly home: string | null;
  readonly output: string;
}

/** Paths are the caller's: a task runs in the folder of deno.json, wherever it was called. */
function planFrom(args: readonly string[], callerDir: string): Plan | null {
  const strays: string[] = [];
  const options = parseArgs(args, {
    string: ["home", "output"],
    unknown: (arg) => strays.push(arg) > 0,
  });
  const { home, output } = options;
  if (strays.length > 0 || home === "" || output === "") return null;
  return {
    home: typeof home === "string" ? resolve(callerDir, home) : null,
    output: typeof output === "string"
      ? resolve(callerDir, output)
      : join(ROOT, "dist", "switchboard"),
  };
}

async function flagsOf({ home }: Plan): Promise<string[]> {
  if (home === null) return permissionFlags(null);
  if (!(await Deno.stat(home)).isDirectory) throw new Error(`'${home}' is no directory.`);
  return permissionFlags(await loadSettingsFile({ home, readTextFile: Deno.readTextFile }));
}

/**
 * The code cache is a file in $TMPDIR that anybody may put there, and what stands in it is run
 * without a look at whose it is (Deno 2.6.8, 2.9.6).
 */
const SAFETY = ["--no-code-cache"];

/** A service waits more than it works: the young generation of its heap stays small. */
const MEMORY = ["--v8-flags=--max-semi-space-size=1"];

/** Throws what is wrong, after Deno has said so itself. */
async function compile({ output }: Plan, flags: readonly string[]): Promise<void> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const dir = await Deno.makeTempDir({ prefix: "switchboard-" });
  try {
    const { entry, include } = await bundle(dir);
    const included = include.flatMap((each) => ["--include", each]);
    await deno(dir, [
      "compile",
      ...included,
      "--output",
      output,
      ...SAFETY,
      ...MEMORY,
      ...flags,
      entry,
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function summary({ home, output }: Plan, bytes: number, flags: readonly string[]): string {
  const scope = home === null
    ? "It runs in any home. The net is not scoped, since the hosts stand in each home's settings;\n" +
      "compile with --home DIR for an executable that reaches exactly the hosts of one home."
    : `It is for the home '${home}' as its settings are now; compile again when they change.`;
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return [`${output} (${size})`, ...flags.map((flag) => `  ${flag}`), scope].join("\n");
}

async function main(): Promise<number> {
  const plan = planFrom(Deno.args, Deno.env.get("INIT_CWD") ?? Deno.cwd());
  if (plan === null) return fail(USAGE, 2);
  try {
    const flags = await flagsOf(plan);
    await compile(plan, flags);
    const { size } = await Deno.stat(plan.output);
    say(Deno.stdout, summary(plan, size, flags));
    return 0;
  } catch (error) {
    if (error instanceof Error) return fail(error.message, 1);
    throw error;
  }
}

function fail(message: string, code: number): number {
  say(Deno.stderr, message);
  return code;
}

function say(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  to.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main());
