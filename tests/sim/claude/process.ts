/** A `claude`, the stand-in or the real one, over pipes: for tests that look at its lines. */

import { Mailbox } from "./mailbox.ts";

export interface ProcessOptions {
  /** The program and its first arguments; the stand-in if absent. */
  readonly command?: readonly string[];
  readonly flags?: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type OutLine = Record<string, unknown> & { readonly type?: string };

/** How to start the stand-in: by the running Deno, from any directory, without a configuration. */
export function standInCommand(): string[] {
  const path = new URL("./main.ts", import.meta.url).pathname;
  return [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", path];
}

export const STREAM_FLAGS = [
  ...["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
];

export class ClaudeProcess implements AsyncDisposable {
  /** The lines it printed that are JSON objects. */
  readonly lines = new Mailbox<OutLine>();
  /** Lines that are not. */
  readonly garbage: string[] = [];
  stderr = "";
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;

  constructor(options: ProcessOptions) {
    const [program = "", ...first] = options.command ?? standInCommand();
    this.#child = new Deno.Command(program, {
      args: [...first, ...(options.flags ?? STREAM_FLAGS)],
      cwd: options.cwd,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "/", ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.status = this.#child.status;
    this.#reading = Promise.all([this.#readOut(), this.#readErr()]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async send(line: object): Promise<void> {
    await this.raw(JSON.stringify(line) + "\n");
  }

  async raw(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  /** A line of the user's. */
  async user(content: unknown, more: object = {}): Promise<void> {
    const message = { role: "user", content };
    await this.send({ type: "user", message, parent_tool_use_id: null, ...more });
  }

  async control(request_id: string, request: object): Promise<void> {
    await this.send({ type: "control_request", request_id, request });
  }

  /** Answers a `can_use_tool`. */
  async answer(request_id: unknown, response: object): Promise<void> {
    const body = { subtype: "success", request_id, response };
    await this.send({ type: "control_response", response: body });
  }

  async result(): Promise<OutLine> {
    return await this.lines.next((line) => line.type === "result");
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Closes stdin and waits for the end; the exit code. */
  async close(): Promise<number> {
    await this.#stdin.close().catch(() => {});
    await this.#reading;
    return (await this.status).code;
  }

  /** Ends it, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#stdin.abort().catch(() => {});
    await this.#reading;
    await this.status;
  }

  async #readOut(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#keep(line);
    }
    if (rest) this.#keep(rest);
    this.lines.close();
  }

  #keep(line: string): void {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw line;
      this.lines.put(value as OutLine);
    } catch {
      this.garbage.push(line);
    }
  }

  async #readErr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr) {
      this.stderr += decoder.decode(chunk, { stream: true });
    }
  }
}
