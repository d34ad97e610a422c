/** A command in a session of its own, as the real CLI runs it. */

import { type ChildProcess, spawn } from "node:child_process";

export interface ShellResult {
  readonly code: number;
  readonly output: string;
}

export class Shell {
  readonly done: Promise<ShellResult>;
  readonly #child: ChildProcess;
  #output = "";
  #finished = false;

  constructor(command: string, cwd: string, sessionId: string, onOutput?: (text: string) => void) {
    const own = { CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: sessionId, CLAUDE_PID: `${Deno.pid}` };
    const env = { ...Deno.env.toObject(), ...own };
    const child = spawn("sh", ["-c", command], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data: Uint8Array) => {
        const text = new TextDecoder().decode(data);
        this.#output += text;
        onOutput?.(text);
      });
    }
    this.done = new Promise((resolve) => {
      const finish = (code: number) => {
        this.#finished = true;
        resolve({ code, output: this.#output.replace(/\n$/, "") });
      };
      child.on("error", () => finish(127));
      child.on("close", (code, signal) => finish(signal ? 137 : code ?? 1));
      // A child of the command may hold the pipe open for ever.
      child.on("exit", (code, signal) => setTimeout(() => finish(signal ? 137 : code ?? 1), 200));
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Kills the command and all of its process group. */
  kill(): void {
    const pid = this.#child.pid;
    if (this.#finished || pid === undefined) return;
    try {
      Deno.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
}
