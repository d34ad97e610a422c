/** Programs that are run to their end, and what they said. */

/** How a program ended and what it said. */
export interface RunResult {
  /** 127 if the program is not there. */
  readonly code: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without input. A program that is missing gives code 127; rejects with
 * the signal's reason if that ended it.
 */
export type RunProgram = (
  command: string,
  args: readonly string[],
  options?: { readonly signal?: AbortSignal },
) => Promise<RunResult>;

/** More than the listing of a million files; who writes more is not telling us names. */
const MAX_OUTPUT = 256 * 1024 * 1024;
const MAX_ERRORS = 1024 * 1024;

/**
 * A {@linkcode RunProgram} by `Deno.Command`. The program's environment is `path` for finding programs and
 * the plain C locale: messages and listings are read, and must not depend on the owner's language.
 */
export function runner(path: string): RunProgram {
  return async (command, args, { signal } = {}) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, { env: { PATH: path, LC_ALL: "C" } });
    if (child === null) return { code: 127, stdout: new Uint8Array(), stderr: "not found" };
    const kill = () => killIfAlive(child);
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const [stdout, stderr, { code }] = await Promise.all([
        collect(child.stdout, MAX_OUTPUT, kill),
        collect(child.stderr, MAX_ERRORS, kill),
        child.status,
      ]);
      signal?.throwIfAborted();
      return { code, stdout, stderr: new TextDecoder().decode(stderr) };
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  };
}

/** Starts a program that reads nothing, with `env` as its whole environment; null for one that is missing. */
export function spawn(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "env" | "cwd" | "detached">,
) {
  try {
    const piped = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return new Deno.Command(program, { ...options, ...piped, args: [...args], clearEnv: true })
      .spawn();
  } catch (error) {
    // What was missing when the program started is not permitted later either.
    const missing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
    if (missing) return null;
    throw error;
  }
}

/** Runs a program to its end and gives what it printed. */
export type RunForText = (
  program: string,
  args: readonly string[],
) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;

/** The runner of programs, with its output as text and a deadline. */
export const forText = (run: RunProgram): RunForText => async (program, args) => {
  const result = await run(program, args, { signal: AbortSignal.timeout(10_000) });
  return { ...result, stdout: new TextDecoder().decode(result.stdout) };
};

/** The whole stream; beyond `limit` the program is ended and the rest thrown away. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
  kill: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (length + chunk.length > limit) {
      kill();
      continue;
    }
    chunks.push(chunk);
    length += chunk.length;
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function killIfAlive(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
