/**
 * The program as a person runs it: in its own process and home, under its real permissions, talking
 * HTTP to the Bot API stand-in and pipes to a `claude` that is found on its PATH.
 *
 * `SWITCHBOARD_EXECUTABLE` names a compiled executable to test instead of the source.
 */
import { assert } from "@std/assert";
import { delay } from "@std/async";
import { join } from "@std/path";
import { type BotApi, type ChatMessage, startBotApi } from "../sim/bot_api/mod.ts";
import { isStandIn, programCommand, programEnv, putClaude, standIn } from "../sim/program.ts";

/** The user who is allowed. */
export const ADA = 1;

export interface BenchOptions {
  /** What stands behind the name `claude`; the stand-in when it is not given. */
  readonly claude?: readonly string[];
  readonly claudeEnv?: Readonly<Record<string, string>>;
  readonly settings?: {
    readonly telegram?: Record<string, unknown>;
    readonly claude?: Record<string, unknown>;
    readonly homelab?: Record<string, unknown>;
    readonly alerts?: Record<string, unknown>;
  };
  readonly floodLimits?: boolean;
  /** The directory to become the home; a new one when it is not given. */
  readonly home?: string;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly signal: string | null;
  readonly ms: number;
}

/** A home with its Telegram, and the program that runs there, started as often as a test likes. */
export class Bench implements AsyncDisposable {
  /** What is started; the source, or the executable under test. */
  program: readonly string[] = programCommand();
  #child: Deno.ChildProcess | null = null;
  #said = "";
  #reading: Promise<void>[] = [];

  private constructor(
    readonly home: string,
    readonly api: BotApi,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async make(options: BenchOptions = {}): Promise<Bench> {
    const home = options.home ?? await Deno.makeTempDir({ prefix: "switchboard-e2e-" });
    const api = await startBotApi({ floodLimits: options.floodLimits ?? false });
    api.addUser({ id: ADA, first_name: "Ada" });
    const bin = join(home, "bin");
    await putClaude(bin, options.claude ?? standIn());
    await Deno.writeTextFile(
      join(home, "switchboard.jsonc"),
      JSON.stringify(settingsFor(home, api, options)),
    );
    return new Bench(home, api, programEnv(bin, api.token));
  }

  /** Starts the program; with `untilPolling` (the default) it returns when it polls. */
  async start(untilPolling = true): Promise<void> {
    const polled = this.#polls();
    const child = this.#command([], {}).spawn();
    this.#child = child;
    this.#said = "";
    this.#reading = [child.stdout, child.stderr].map((stream) => this.#read(stream));
    if (!untilPolling) return;
    await this.api.waitFor(() => this.#polls() > polled, {
      timeoutMs: 30_000,
      what: "the first getUpdates",
    }).catch((error) => {
      throw new Error(`The program does not poll. It said:\n${this.#said}`, { cause: error });
    });
    await this.#proved();
  }

  /** At the first start of a home the canary sings for a while; tests that take the time begin then. */
  async #proved(): Promise<void> {
    const end = performance.now() + 15_000;
    const told = /\[LOCK\]|is not proved yet/;
    while (!told.test(await this.log().catch(() => "")) && performance.now() < end) await delay(50);
  }

  /** Sends a signal and waits for the program's end. */
  async end(signal: Deno.Signal): Promise<Ended> {
    const child = this.#child;
    if (child === null) throw new Error("The program does not run");
    const before = performance.now();
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code, signal: by } = await child.status;
    const ms = performance.now() - before;
    await Promise.all(this.#reading);
    this.#child = null;
    return { code, signal: by, ms };
  }

  /** Runs the program beside, to its own end. */
  async another(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number; readonly said: string }> {
    const { code, stdout, stderr } = await this.#command(args, env).output();
    const decoder = new TextDecoder();
    return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  #command(args: readonly string[], env: Readonly<Record<string, string>>): Deno.Command {
    const [program, ...flags] = this.program;
    return new Deno.Command(program!, {
      args: [...flags, ...args],
      cwd: this.home,
      env: { ...this.env, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** What the program has said on its terminal since its start. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child!.pid;
  }

  /** Ada writes in her private chat. */
  say(text: string, chat = ADA) {
    return this.api.send({ from: ADA, chat, text });
  }

  /**
   * The bot's message that matches, when it is there. Of a status message its head has to: what
   * streams below that is not the answer yet.
   */
  hears(text: string | RegExp, timeoutMs = 20_000) {
    const isIt = (message: ChatMessage) => {
      if (typeof text === "string") return message.text === text;
      const at = message.text.search(text);
      return at !== -1 && (!isStatus(message) || at < message.text.split("\n")[0]!.length);
    };
    return this.api.waitFor(
      (api) => api.messages(ADA).find((message) => message.by_bot && isIt(message)),
      { timeoutMs, what: `a message like ${text}` },
    );
  }

  /** Presses the button with this text on the newest message that has it. */
  async presses(label: string, from = ADA): Promise<string> {
    const message = await this.api.waitFor(
      (api) => api.messages(ADA).findLast((each) => buttons(each).includes(label)),
      { what: `a button '${label}'` },
    );
    const { answer } = this.api.press({
      from,
      chat: ADA,
      messageId: message.message_id,
      button: label,
    });
    return (await answer).text ?? "";
  }

  /** The texts of the bot in Ada's chat, oldest first. */
  texts(): string[] {
    return this.api.messages(ADA).filter(({ by_bot }) => by_bot).map(({ text }) => text);
  }

  /** The processes that carry this home's mark: `claude` and what its shells run. */
  marked(): { pid: number; command: string }[] {
    return processes().filter(({ environment }) => environment.includes(this.home));
  }

  /** Those of them that are stand-ins of `claude`. */
  claudes(): { pid: number; command: string }[] {
    return this.marked().filter(isStandIn);
  }

  /** The events that the stand-in `claude` recorded. */
  async recorded(): Promise<Record<string, unknown>[]> {
    const text = await Deno.readTextFile(join(this.home, "claude.log")).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  async log(): Promise<string> {
    return await Deno.readTextFile(join(this.home, "state/switchboard.log"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== null) await this.end("SIGKILL");
    await this.#endMarked();
    await this.api.close();
    await Deno.remove(this.home, { recursive: true });
  }

  /** Until none is there: what is being killed may still write into the home, or start another. */
  async #endMarked(): Promise<void> {
    await until(() => {
      const left = this.marked();
      for (const { pid } of left) killQuietly(pid);
      return left.length === 0;
    });
  }

  #polls(): number {
    return this.api.calls.filter(({ method }) => method === "getUpdates").length;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.#said += decoder.decode(bytes, { stream: true });
  }
}

/** Waits until `condition` holds: processes make no sound when they come and go. */
export async function until(condition: () => boolean, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    assert(performance.now() < end, `not within ${ms} ms: ${condition}`);
    await delay(20);
  }
}

const isStatus = (message: ChatMessage) =>
  buttons(message).some((label) => label.startsWith("⏹ Stop"));

/** The labels of a message's buttons. */
export function buttons(message: { reply_markup?: { inline_keyboard?: { text: string }[][] } }) {
  return (message.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);
}

function settingsFor(home: string, api: BotApi, options: BenchOptions) {
  const env = {
    CLAUDE_CONFIG_DIR: join(home, "claude-config"),
    SIM_CLAUDE_LOG: join(home, "claude.log"),
    ...options.claudeEnv,
  };
  return {
    telegram: { allowed_users: [ADA], api_root: api.url, ...options.settings?.telegram },
    claude: { env, ...options.settings?.claude },
    homelab: options.settings?.homelab ?? {},
    alerts: options.settings?.alerts ?? {},
    log: { level: "debug" },
  };
}

function processes(): { pid: number; command: string; environment: string }[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = Deno.readTextFileSync(`/proc/${name}/environ`);
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      if (!environment.includes("SWITCHBOARD_MARK=")) return [];
      return [{ pid: Number(name), command, environment }];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

function killQuietly(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
