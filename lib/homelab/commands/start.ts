import type { StartProgram } from "../environment.ts";

/**
 * A {@linkcode StartProgram} by `Deno.Command`. Each program leads a process group of its own, so that
 * what it starts can be ended with it; `env` is its whole environment.
 * @param kill runs the program `kill`: Deno may signal its own child, and nothing beside it.
 */
export function programStarter(
  env: Readonly<Record<string, string>>,
  home: string,
  kill: (args: readonly string[]) => Promise<unknown>,
): StartProgram {
  return (program, args) => {
    const child = spawn(program, args, env, home);
    if (child === null) return null;
    return {
      stdout: child.stdout,
      stderr: child.stderr,
      status: child.status,
      end(signal) {
        try {
          child.kill(signal);
        } catch {
          // It has ended by itself; its group may live on.
        }
        kill([`-${signal.slice(3)}`, "--", `-${child.pid}`]).catch(() => {});
      },
    };
  };
}

function spawn(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  home: string,
): Deno.ChildProcess | null {
  try {
    return new Deno.Command(program, {
      args: [...args],
      cwd: home,
      clearEnv: true,
      env: { ...env },
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
    if (missing) return null;
    throw error;
  }
}
