import { fromFileUrl } from "@std/path";

export const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/**
 * Runs `deno task compile` with `args` and `env` added, as a person does.
 * @returns what it said of the executable.
 * @throws {Error} with its words when it fails.
 */
export async function compile(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tasks/compile.ts", ...args],
    cwd: ROOT,
    env,
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}
