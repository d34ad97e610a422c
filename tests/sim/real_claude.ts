/** The real Claude Code CLI, for tests: its native binary, and an environment that reaches nobody. */

import type { MessagesApi } from "./messages_api/server.ts";

export const REAL_VERSION = "2.1.329";
const NAMED = Deno.env.get("SWITCHBOARD_CLAUDE_VERSION");
/**
 * The versions to be tried: the oldest that the program takes, and the newest that is known, unless
 * `SWITCHBOARD_CLAUDE_VERSION` names another.
 */
export const REAL_VERSIONS: readonly string[] = NAMED ? [NAMED] : [REAL_VERSION, "2.1.332"];

/** The folder that downloads are kept in between runs. */
function cacheFolder(): string {
  const given = Deno.env.get("SWITCHBOARD_TEST_CACHE");
  if (given) return given;
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${base}/switchboard-tests`;
}

function platformPackage(): string {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const system = Deno.build.os === "darwin" ? "darwin" : "linux";
  const libc = system === "linux" && isMusl() ? "-musl" : "";
  return `@anthropic-ai/claude-code-${system}-${arch}${libc}`;
}

function isMusl(): boolean {
  try {
    return [...Deno.readDirSync("/lib")].some((entry) => entry.name.startsWith("ld-musl-"));
  } catch {
    return false;
  }
}

/**
 * The path of the native binary of this version, fetched once with `npm` and kept.
 *
 * The npm package `@anthropic-ai/claude-code` is a launcher that picks one of eight native packages
 * of the same version; the native one alone is installed here, without running anybody's scripts,
 * so that the version of Node does not matter.
 *
 * @throws when npm is missing or the package cannot be had.
 */
export async function realClaude(version: string = REAL_VERSION): Promise<string> {
  const folder = `${cacheFolder()}/claude-${version}`;
  await Deno.mkdir(folder, { recursive: true });
  const binary = `${folder}/node_modules/${platformPackage()}/claude`;
  using lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (!await runs(binary, version)) await install(folder, version);
  if (!await runs(binary, version)) {
    throw new Error(`The CLI was installed but does not run: "${binary}"`);
  }
  return binary;
}

async function runs(binary: string, version: string): Promise<boolean> {
  try {
    const { success, stdout } = await new Deno.Command(binary, { args: ["--version"] }).output();
    return success && new TextDecoder().decode(stdout).startsWith(version);
  } catch {
    return false;
  }
}

async function install(folder: string, version: string): Promise<void> {
  const wanted = `${platformPackage()}@${version}`;
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--prefix", folder, ...quiet, wanted],
    cwd: folder,
  }).output();
  if (success) return;
  throw new Error(`npm could not install "${wanted}": ${new TextDecoder().decode(stderr)}`);
}

/**
 * The environment in which the CLI talks to `api` alone and keeps everything below `dir`; the
 * caller adds `PATH` where commands are to be found.
 */
export function claudeEnv(api: Pick<MessagesApi, "url">, dir: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: dir,
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: "sk-ant-test-000",
    CLAUDE_CONFIG_DIR: `${dir}/claude-config`,
    CLAUDE_CODE_TMPDIR: `${dir}/claude-tmp`,
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
}
