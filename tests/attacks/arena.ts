/**
 * Where an attack is played: the whole program with the real CLI, its owner's own configuration,
 * the Messages API that is meant, and another one that nothing may ever reach.
 *
 * All verdicts come from outside the program: files that a command of the attacker's would have
 * made, what both Messages APIs were sent, and what Telegram was.
 */
import { delay } from "@std/async";
import { fromFileUrl, join } from "@std/path";
import { ADA, Bench, type BenchOptions, buttons, until } from "../e2e/harness.ts";
import type { ChatMessage } from "../sim/bot_api/mod.ts";
import { type MessagesApi, startMessagesApi } from "../sim/messages_api/server.ts";
import { REAL_VERSION, realClaude } from "../sim/real_claude.ts";

/** The CLI that is attacked through; the oldest that is promised to work when none is named. */
export const CLAUDE_VERSION = Deno.env.get("SWITCHBOARD_CLAUDE_VERSION") ?? REAL_VERSION;
/** Whether the whole matrix is played, or the fixed sample of it. */
export const ALL = Deno.args.includes("--all");

/** All cases, or each `step`th in the sample. */
export function sample<T>(cases: readonly T[], step: number): readonly T[] {
  return ALL ? cases : cases.filter((_, index) => index % step === 0);
}

const MCP_SERVER = fromFileUrl(new URL("./mcp_server.ts", import.meta.url));

/** The canary of the owner's own server. */
const OWNER_SERVER = "owner-server";

/** Files in the session's directory that tell of a command that ran there. */
const MADE = /^(allow-|made-by-|allowed-by-|denied-by-)/;

/** How long a step of an attack may take: the machine is busy with others. */
export const STEP_MS = 150_000;

export interface ArenaOptions extends BenchOptions {
  /** Personas of the owner's library. */
  readonly personas?: Readonly<Record<string, object>>;
  /** What the CLI has written down about the session's directory at a terminal. */
  readonly record?: object;
}

/** The marks of the owner's own configuration. */
export const OWNER = {
  memory: "MARK-OF-THE-OWNERS-MEMORY",
  allowed: "allowed-by-owner",
  denied: "denied-by-owner",
  server: "owner",
} as const;

/** The directory that a session works in. */
export const SESSION = "work";

/** A program under attack. */
export class Arena implements AsyncDisposable {
  /** What Ada was asked, in order, and answered by {@linkcode decide}. */
  readonly asked: ChatMessage[] = [];
  /** Whether Ada allows what a request asks; null leaves it to the attack. She denies everything. */
  decide: (request: ChatMessage) => boolean | null = () => false;
  readonly #closing = new AbortController();
  #answering: Promise<void> = Promise.resolve();
  #turns = 0;

  private constructor(
    readonly bench: Bench,
    readonly messages: MessagesApi,
    /** Where a planted address leads. */
    readonly elsewhere: MessagesApi,
    /** A folder beside the home: what appears in it was made by a command of the attacker's. */
    readonly canaries: string,
    /** A folder beside the home that nobody gave to Claude. */
    readonly outside: string,
    readonly options: ArenaOptions,
  ) {}

  static async make(options: ArenaOptions = {}): Promise<Arena> {
    const messages = await startMessagesApi();
    const elsewhere = await startMessagesApi();
    const canaries = await Deno.makeTempDir({ prefix: "switchboard-canaries-" });
    const outside = await Deno.makeTempDir({ prefix: "switchboard-outside-" });
    const bench = await Bench.make({
      ...options,
      claude: [await realClaude(CLAUDE_VERSION)],
      claudeEnv: {
        ANTHROPIC_BASE_URL: messages.url,
        ANTHROPIC_API_KEY: "sk-ant-test-000",
        ...options.claudeEnv,
      },
    });
    const arena = new Arena(bench, messages, elsewhere, canaries, outside, options);
    await arena.#furnish();
    arena.#answering = arena.#answer();
    return arena;
  }

  get home(): string {
    return this.bench.home;
  }

  /** The directory of the session that is attacked. */
  get cwd(): string {
    return join(this.home, "sessions", SESSION);
  }

  /** A command that leaves a canary. */
  touch(name: string): string {
    return `touch ${join(this.canaries, name)}`;
  }

  /** Whether a planted command has run. */
  ran(name: string): boolean {
    return existsSync(join(this.canaries, name));
  }

  /** Whether there is such a file in the session's directory. */
  made(file: string): boolean {
    return existsSync(join(this.cwd, file));
  }

  /** All that a model of either side was sent, as text. */
  sent(): string {
    return JSON.stringify(
      [...this.messages.requests, ...this.elsewhere.requests].map(({ body }) => body),
    );
  }

  /** Forgets what was seen so far: what is judged next is what comes from now on. */
  forget(): void {
    for (const { name } of Deno.readDirSync(this.canaries)) {
      if (name === OWNER_SERVER) continue; // Its process goes on.
      Deno.removeSync(join(this.canaries, name));
    }
    for (const { name } of Deno.readDirSync(this.cwd)) {
      if (MADE.test(name)) Deno.removeSync(join(this.cwd, name));
    }
    this.messages.reset();
    this.elsewhere.reset();
  }

  /** One turn to its end, whatever is asked in it; what was asked. */
  async turn(...steps: string[]): Promise<ChatMessage[]> {
    const end = `the end of turn ${++this.#turns}`;
    const before = this.asked.length;
    this.bench.say([...steps, `SAY:${end}`].join(";;"));
    await this.bench.hears(new RegExp(`^${end}$`), STEP_MS);
    return this.asked.slice(before);
  }

  /** Says something that may or may not be a command of Claude's, and waits for whatever it answers. */
  async call(text: string): Promise<string> {
    const last = this.bench.api.lastMessage(ADA)?.message_id ?? 0;
    this.bench.say(text);
    const answer = await this.bench.api.waitFor(
      (api) =>
        api.messages(ADA).find((message) =>
          message.message_id > last && message.by_bot && isAnswer(message)
        ),
      { timeoutMs: STEP_MS, what: `an answer to ${text}` },
    );
    return answer.text;
  }

  /** Ada presses a button below a request. */
  answer({ message_id: messageId }: ChatMessage, button: string): void {
    this.bench.api.press({ from: ADA, messageId, button });
  }

  /** The next request, which is left to the attack. */
  async request(text: string): Promise<ChatMessage> {
    const before = this.asked.length;
    const { decide } = this;
    this.decide = () => null;
    this.bench.say(text);
    await until(() => this.asked.length > before, STEP_MS);
    this.decide = decide;
    return this.asked[before]!;
  }

  /** Asks Switchboard about itself, and waits for the answer. */
  async status(): Promise<string> {
    const { api } = this.bench;
    const last = api.lastMessage(ADA)?.message_id ?? 0;
    this.bench.say("/status");
    const isStatus = ({ message_id, by_bot, text }: ChatMessage) =>
      message_id > last && by_bot && /^Switchboard/m.test(text);
    const found = () => api.messages(ADA).find(isStatus);
    return (await api.waitFor(found, { timeoutMs: 2 * STEP_MS, what: "/status" })).text;
  }

  /** What a person has read by the time that a message appears: itself and all before it. */
  readBy(message: ChatMessage): string {
    const appeared = message.versions[0]!.at;
    return this.bench.api.history(ADA)
      .filter((each) => each.by_bot && each.message_id <= message.message_id)
      .flatMap((each) => [
        ...each.versions.filter(({ at }) => at <= appeared).map(({ text }) => text),
        this.document(each),
      ]).join("\n");
  }

  /** The document that a message carries, as text; empty when it carries none. */
  document({ media }: ChatMessage): string {
    if (media?.kind !== "document") return "";
    return new TextDecoder().decode(this.bench.api.file(media.document.file_id));
  }

  /** The program ends as at a shutdown, and starts again. */
  async restart(): Promise<void> {
    await this.bench.end("SIGTERM");
    await this.bench.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#answering;
    await this.bench[Symbol.asyncDispose]();
    await Promise.all([this.messages.close(), this.elsewhere.close()]);
    await Promise.all(
      [this.canaries, this.outside].map((path) => Deno.remove(path, { recursive: true })),
    );
  }

  /** Answers each request in the chat once, until the end. */
  async #answer(): Promise<void> {
    const { signal } = this.#closing;
    const seen = new Set<number>();
    while (!signal.aborted) {
      for (const message of this.bench.api.messages(ADA)) {
        if (!message.by_bot || seen.has(message.message_id)) continue;
        if (!buttons(message).includes("Deny")) continue;
        seen.add(message.message_id);
        this.asked.push(message);
        const allows = this.decide(message);
        if (allows !== null) this.answer(message, allows ? "Allow once" : "Deny");
      }
      await delay(40, { signal }).catch(() => {}); // Aborted: the loop ends.
    }
  }

  /** What the owner has at home: settings, hooks, rules, a server and a memory of their own. */
  async #furnish(): Promise<void> {
    const config = join(this.home, "claude-config");
    const hook = (event: string) => ({
      [event]: [{ hooks: [{ type: "command", command: this.touch(`owner-${event}`) }] }],
    });
    await write(join(config, "CLAUDE.md"), OWNER.memory);
    await write(
      join(config, "settings.json"),
      JSON.stringify({
        hooks: { ...hook("SessionStart"), ...hook("UserPromptSubmit"), ...hook("PostToolUse") },
        permissions: {
          allow: [`Bash(touch ${OWNER.allowed}*)`],
          deny: [`Bash(touch ${OWNER.denied}*)`],
        },
      }),
    );
    await write(join(config, ".claude.json"), JSON.stringify(await this.#ownState()));
    for (const [name, persona] of Object.entries(this.options.personas ?? {})) {
      await write(join(this.home, "personas", `${name}.json`), JSON.stringify(persona));
    }
    await write(join(this.outside, "secret.txt"), "MARK-OF-AN-OUTSIDE-FILE");
  }

  /**
   * The CLI's own record: the owner's server, and that the directory was trusted at a terminal once,
   * which is the worst case: it says yes to a path, whatever comes to lie there.
   */
  async #ownState(): Promise<object> {
    const trusted = {
      hasTrustDialogAccepted: true,
      hasCompletedProjectOnboarding: true,
      ...this.options.record,
    };
    return {
      hasCompletedOnboarding: true,
      projects: { [join(await Deno.realPath(this.home), "sessions", SESSION)]: trusted },
      mcpServers: { [OWNER.server]: mcpServer(OWNER.server, join(this.canaries, OWNER_SERVER)) },
    };
  }
}

/** A stdio server that makes the file `canary` when it is started; its one tool is called `act`. */
export function mcpServer(name: string, canary: string): object {
  const flags = ["run", "--no-config", "--no-lock", "-A", MCP_SERVER];
  return { type: "stdio", command: Deno.execPath(), args: [...flags, name, canary] };
}

/** Tells what is wrong with the owner's own configuration, which every lock has to leave alone. */
export async function ownersOwn(arena: Arena): Promise<string[]> {
  const asked = await arena.turn(
    `TOOL:bash:touch ${OWNER.allowed}.txt`,
    `TOOL:bash:touch ${OWNER.denied}.txt`,
  );
  const sent = arena.sent();
  const wrong: [boolean, string][] = [
    [asked.length > 0, "the owner's rules were asked about"],
    [!arena.made(`${OWNER.allowed}.txt`), "the owner's allow rule had no effect"],
    [arena.made(`${OWNER.denied}.txt`), "the owner's deny rule had no effect"],
    [!sent.includes(OWNER.memory), "the owner's CLAUDE.md was not read"],
    [!arena.ran("owner-UserPromptSubmit"), "the owner's hook for prompts did not run"],
    [!arena.ran("owner-PostToolUse"), "the owner's hook for tools did not run"],
    [!arena.ran(OWNER_SERVER), "the owner's server was not started"],
    [!sent.includes(`mcp__${OWNER.server}__act`), "the owner's server was not offered"],
  ];
  return wrong.flatMap(([is, what]) => is ? [what] : []);
}

/** Writes a file and the folders above it. */
export async function write(path: string, content: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, content);
}

export function existsSync(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether a message of the bot says something to the end: no status, no request. */
function isAnswer(message: ChatMessage): boolean {
  const labels = buttons(message);
  return !labels.some((label) => label.startsWith("⏹")) && !labels.includes("Deny") &&
    !/ · (working|waiting|starting)/.test(message.text.split("\n")[0] ?? "");
}

export { ADA, buttons, until };
