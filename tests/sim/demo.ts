// deno-lint-ignore-file no-console -- it talks to whoever started it
/**
 * `deno task demo`: the real program against a stand-in of Telegram, whose chats are a page in the
 * browser. `--claude` takes the `claude` on PATH instead of the stand-in; `--home DIR` keeps the
 * state there instead of in a temporary directory, if DIR is empty or an earlier demo's; `--port N`
 * is the page's.
 */
import { parseArgs } from "@std/cli/parse-args";
import { exists } from "@std/fs";
import { join, resolve } from "@std/path";
import { lstatOrNull } from "../../lib/sessions/safe_file.ts";
import { SETTINGS_FILE } from "../../lib/settings/mod.ts";
import { plantBorrowed } from "./borrowed.ts";
import { startBotApi } from "./bot_api/mod.ts";
import { type DemoHomelab, startDemoHomelab } from "./homelab/demo.ts";
import { programCommand, programEnv, putClaude, standIn } from "./program.ts";

const USAGE = "Usage: deno task demo [--claude] [--home DIR] [--port N]";
const USER = 1;

interface Plan {
  readonly realClaude: boolean;
  readonly home: string | null;
  readonly port: number;
}

function planFrom(args: readonly string[]): Plan | null {
  let strange = false;
  const flags = parseArgs(args, {
    boolean: ["claude"],
    string: ["home", "port"],
    unknown: () => !(strange = true),
  });
  const port = Number(flags["port"] ?? 8484);
  if (strange || !Number.isInteger(port) || port < 0 || port > 65_535) return null;
  const home = typeof flags["home"] === "string" ? flags["home"] : null;
  const caller = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  return { realClaude: flags["claude"] === true, home: home && resolve(caller, home), port };
}

/** Begins the settings of a home that the demo made: it may use that home again. */
const MARK = "// The demo wrote these settings, and replaces them at each start.";

/**
 * Makes `home`, or finds that the demo may use it: it is empty, or an earlier demo's.
 * @throws {Error} for a directory that is somebody's: settings, secrets and `bin/claude` in it would
 * be overwritten, and its journal's answers sent to the stand-in.
 */
export async function claimHome(home: string): Promise<void> {
  await Deno.mkdir(home, { recursive: true });
  const path = join(home, SETTINGS_FILE);
  if ((await lstatOrNull(path))?.isFile && (await Deno.readTextFile(path)).startsWith(MARK)) return;
  for await (const { name } of Deno.readDir(home)) {
    throw new Error(
      `'${home}' is not the demo's: it holds '${name}'. Nothing in it was changed. ` +
        "Name a directory that is empty or not there yet.",
    );
  }
}

/** Nobody waits half an hour to see a request parked. */
const PROMPT_MINUTES = 3;

/** Settings for the stand-ins. */
async function writeSettings(
  home: string,
  apiRoot: string,
  { realClaude }: Plan,
  homelab: DemoHomelab["settings"],
): Promise<void> {
  const env = { CLAUDE_CONFIG_DIR: join(home, "claude-config"), SIM_CLAUDE_DEMO: "1" };
  const settings = {
    telegram: { allowed_users: [USER], api_root: apiRoot },
    claude: { ...(realClaude ? {} : { env }), prompt_minutes: PROMPT_MINUTES },
    homelab,
  };
  const text = `${MARK}\n${JSON.stringify(settings, null, 2)}\n`;
  await Deno.writeTextFile(join(home, SETTINGS_FILE), text);
}

async function whichClaude(): Promise<string> {
  for (const dir of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = join(dir, "claude");
    if (dir !== "" && await exists(path)) return path;
  }
  throw new Error("There is no `claude` on the PATH. Without --claude the demo uses a stand-in.");
}

function start(home: string, bin: string, token: string, { realClaude }: Plan): Deno.ChildProcess {
  const [program, ...args] = programCommand();
  // The real one needs its own variables: the login, the proxy.
  const inherited = realClaude ? Deno.env.toObject() : {};
  return new Deno.Command(program!, {
    args,
    cwd: home,
    env: { ...inherited, ...programEnv(bin, token) },
    clearEnv: true,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}

/** Waits for Ctrl-C, a SIGTERM, or the program's own end. */
async function untilStopped(child: Deno.ChildProcess): Promise<void> {
  const stopped = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, done);
  });
  await Promise.race([stopped, child.status]);
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
  await child.status;
}

/** The page; before anything is made, since its port may be taken. */
async function startPage(port: number): ReturnType<typeof startBotApi> {
  try {
    return await startBotApi({ port, botName: "Switchboard", page: { user: USER, name: "You" } });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Port ${port} is taken, perhaps by another demo. Choose another one: ` +
        "deno task demo --port 8485, or --port 0 for any that is free.",
    );
  }
}

async function demo(plan: Plan): Promise<number> {
  await using api = await startPage(plan.port);
  if (plan.home !== null) {
    await claimHome(plan.home);
    return await run(plan, plan.home, api);
  }
  const home = await Deno.makeTempDir({ prefix: "switchboard-demo-" });
  try {
    return await run(plan, home, api);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Runs the program in a home until it is stopped. @returns its exit code. */
async function run(
  plan: Plan,
  home: string,
  api: Awaited<ReturnType<typeof startBotApi>>,
): Promise<number> {
  // A home that is used again has seen the first ids already.
  api.nextUpdateId = Math.floor(Date.now() / 1000);
  await using homelab = await startDemoHomelab(home);
  await writeSettings(home, api.url, plan, homelab.settings);
  await plantBorrowed(join(home, "sessions"));
  const bin = join(home, "bin");
  await putClaude(bin, plan.realClaude ? [await whichClaude()] : standIn());
  const child = start(home, bin, api.token, plan);
  console.log(`\n  Switchboard's demo: ${api.url}\n`);
  console.log(`  Claude is ${plan.realClaude ? "the real one" : "a stand-in"}; home is ${home}`);
  console.log("  /status, /pbs, /backups, /beszel, /kuma and /ping show a made-up homelab.");
  console.log(
    "  /session borrowed, then /trust: a directory that brings a hook and an MCP server.",
  );
  console.log(`  A request that nobody answers is parked after ${PROMPT_MINUTES} minutes.`);
  console.log("  Ctrl-C ends it.\n");
  await untilStopped(child);
  return (await child.status).code;
}

if (import.meta.main) {
  const plan = planFrom(Deno.args);
  if (plan === null) {
    console.error(USAGE);
    Deno.exit(2);
  }
  try {
    Deno.exit(await demo(plan));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
