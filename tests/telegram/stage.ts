import type { CallbackQuery, Message, Update } from "grammy/types";
import { Conversations } from "../../lib/conversation/mod.ts";
import type { Journal } from "../../lib/journal/mod.ts";
import { runner } from "../../lib/programs.ts";
import { Archives, type SessionManager } from "../../lib/sessions/mod.ts";
import type { OwnCommand, Probe, ProbeName } from "../../lib/homelab/mod.ts";
import { composer } from "../../lib/telegram/views/composer.ts";
import { findCommand } from "../../lib/telegram/features/commands.ts";
import type { Context, Machine } from "../../lib/telegram/context.ts";
import { createReceiver } from "../../lib/telegram/inbox/receive.ts";
import { Outbox } from "../../lib/telegram/outbox/outbox.ts";
import { PollHealth } from "../../lib/telegram/api/poll_health.ts";
import { Router } from "../../lib/telegram/inbox/router.ts";
import { Outputs } from "../../lib/telegram/features/running.ts";
import { StatusPresenter } from "../../lib/telegram/views/status.ts";
import type { SettingsFile } from "../../lib/settings/mod.ts";
import { createTrust, trustDisk } from "../../lib/app/trust.ts";
import { WaitingPresenter } from "../../lib/telegram/views/waiting.ts";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { FakeWorker } from "../conversation/stage.ts";
import { type FakeClock, fakeClock, settle } from "../fake_clock.ts";
import { type Home, makeHome } from "../sessions/fixture.ts";
import { FakeTelegram } from "./fake_call.ts";
import { FakeClaude } from "./fake_claude.ts";
import { FakeWatching } from "./fake_watching.ts";

export const ADA = 1;
export const BOB = 2;
export const STRANGER = 66;

/** Where a person writes. */
export interface Writing {
  readonly user?: number;
  readonly chat?: number;
  readonly thread?: number;
  /** Another kind of message than a text. */
  readonly other?: object;
  readonly date?: number;
}

/** Where a person taps. */
export interface Pressing extends Writing {
  readonly messageId?: number;
  /** The buttons of the message. */
  readonly markup?: unknown;
}

/** Everything of the chat but its HTTP, on a fake clock; the sessions are real, in a home of their own. */
export class Chat implements AsyncDisposable {
  readonly clock: FakeClock = fakeClock(Date.parse("2026-11-20T20:00:00Z"));
  readonly telegram = new FakeTelegram(() => this.clock.now());
  readonly worker = new FakeWorker();
  /** How a session gets its process; this is the error when the CLI has lost its conversation. */
  acquire: () => Promise<FakeWorker> = () => Promise.resolve(this.worker);
  /** Prompts are p1, p2, … */
  uuid: () => string = () => `p${++this.#prompts}`;
  readonly lost = new Error("Claude Code no longer has the conversation.");
  readonly warmed: string[] = [];
  readonly claude = new FakeClaude();
  readonly outputs = new Outputs();
  readonly homelab = {
    probes: new Map<ProbeName, Probe>(),
    commands: new Map<string, OwnCommand>(),
    status: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  /** Told when watches change. */
  readonly watching = new FakeWatching();
  /** What the CLI lacks; a test says so. */
  readonly lock: { missing: string | null } = { missing: null };
  /** What the settings trust; a test adds to it before anything is looked at. */
  readonly projects: SettingsFile["projects"] = {};
  /** What the program takes of its machine; a test changes it. */
  readonly machine: { -readonly [name in keyof Machine]: Machine[name] } = {
    ownMemory: () => 92e6,
    memoryOf: (pids) => Promise.resolve(new Map(pids.map((pid) => [pid, 185e6]))),
    freeSpace: () => Promise.resolve(12.3e9),
    journalSize: () => Promise.resolve(4.2e6),
  };
  readonly outbox: Outbox;
  readonly status: StatusPresenter;
  readonly conversations: Conversations;
  readonly context: Context;
  router: Router;
  readonly receive: (update: Update) => void;
  #updateId = 100;
  #messageId = 10;
  #prompts = 0;

  private constructor(readonly home: Home, readonly journal: Journal) {
    const { clock } = this;
    this.outbox = new Outbox(journal, this.telegram.call, clock);
    this.status = new StatusPresenter(this.outbox, journal, clock);
    this.conversations = new Conversations({
      journal,
      clock,
      compose: composer,
      presenter: this.status,
      queuePresenter: new WaitingPresenter(this.outbox, journal, clock),
      acquire: () => this.acquire(),
      startFailure: (error) => ({ kind: error === this.lost ? "lost" : "crash" }),
      onSessionId: () => {},
      onActive: () => {},
      requestMs: 1_800_000,
      fileOf: () => Promise.resolve(null),
      skillOf: () => Promise.resolve(null),
      output: (session) => this.outputs.of(session),
      budgetUsdPerDay: null,
      uuid: () => this.uuid(),
    });
    this.context = {
      lock: this.lock,
      journal,
      clock,
      sessions: home.manager,
      conversations: this.conversations,
      outbox: this.outbox,
      status: this.status,
      call: this.telegram.call,
      archives: new Archives({
        home: home.home,
        manager: home.manager,
        run: runner(Deno.env.get("PATH") ?? "/usr/bin:/bin"),
        claudeConfigDir: home.path("claude"),
        now: home.now,
      }),
      trust: createTrust(
        { home: home.home, projects: this.projects },
        journal,
        {
          sessions: home.manager,
          clock,
          trustDisk: trustDisk(
            home.home,
            { userHome: "/root", paths: [home.home] },
            () => crypto.randomUUID(),
          ),
        },
        this.lock,
      ),
      closeProcess: () => Promise.resolve(),
      warm: (session) => void this.warmed.push(session),
      claude: this.claude,
      rules: { allowBypass: false, model: null, permissionMode: "default", budgetUsdPerDay: null },
      outputs: this.outputs,
      health: new PollHealth(clock),
      machine: this.machine,
      homelab: this.homelab,
      reports: [],
      watching: this.watching,
      version: "1.2.3",
      startedAt: clock.now(),
    };
    this.router = new Router(this.context);
    this.receive = createReceiver({
      journal,
      clock,
      allowed: new Set([ADA, BOB]),
      username: "board_bot",
      findCommand: (name) => findCommand(name, this.homelab),
      route: (update) => this.router.route(update),
      opened: (id) => this.outbox.opened(id),
    });
  }

  static async open(...sessions: string[]): Promise<Chat> {
    const home = await makeHome();
    const chat = new Chat(home, home.journal);
    for (const session of sessions) await home.manager.create(session);
    return chat;
  }

  get sessions(): SessionManager {
    return this.home.manager;
  }

  /** A person writes; settles when it is served. */
  async write(text: string, writing: Writing = {}): Promise<Update> {
    const update = this.anUpdate(text, writing);
    this.receive(update);
    await this.idle();
    return update;
  }

  anUpdate(text: string, writing: Writing = {}): Update {
    return {
      update_id: ++this.#updateId,
      message: this.#message(writing.other ?? { text }, writing),
    };
  }

  /** A person presses the button with this data; settles when it is answered. @returns the toast. */
  async press(data: string, where: Pressing = {}): Promise<string> {
    const before = this.telegram.of("answerCallbackQuery").length;
    this.receive(this.aPress(data, where));
    await this.idle();
    const answers = this.telegram.of("answerCallbackQuery").slice(before);
    if (answers.length !== 1) throw new Error(`The press was answered ${answers.length} times`);
    return String(answers[0]?.payload["text"]);
  }

  aPress(data: string, where: Pressing = {}): Update {
    const { user = ADA, messageId = 1001 } = where;
    const button = { text: "?", callback_data: data };
    const { markup = { inline_keyboard: [[button]] } } = where;
    const content = { text: "?", reply_markup: markup };
    const message = { ...this.#message(content, where), message_id: messageId };
    const query = {
      id: `q${this.#updateId}`,
      from: person(user),
      message,
      chat_instance: "",
      data,
    };
    return { update_id: ++this.#updateId, callback_query: query as CallbackQuery };
  }

  #message(
    content: object,
    { user = ADA, chat, thread, date }: Writing,
  ): Message & Update.NonChannel {
    const id = chat ?? user;
    const type = id < 0 ? "supergroup" : "private";
    return {
      message_id: ++this.#messageId,
      date: date ?? Math.floor(this.clock.now() / 1000),
      from: person(user),
      chat: { id, type, ...(id < 0 ? { title: "Group" } : { first_name: "Ada" }) },
      ...(thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }),
      ...content,
    } as Message & Update.NonChannel;
  }

  /** Settles when everything that was routed is served and sent. */
  async idle(): Promise<void> {
    await this.router.idle();
    await settle();
    await this.clock.advance(0);
  }

  /** The process of a session says these. */
  async heard(session: string, ...events: TurnEvent[]): Promise<void> {
    for (const event of events) this.conversations.heard(session, event);
    await settle();
  }

  /** The texts that the bot sent as messages. */
  get said(): string[] {
    return this.telegram.of("sendMessage").map(({ payload }) => String(payload["text"]));
  }

  get lastSaid(): string {
    return this.said.at(-1) ?? "";
  }

  /** The data of the buttons under the last message that was sent. */
  get buttons(): string[] {
    const markup = this.telegram.of("sendMessage").at(-1)?.payload["reply_markup"] as {
      inline_keyboard: { callback_data: string }[][];
    } | undefined;
    return (markup?.inline_keyboard ?? []).flat().map((each) => each.callback_data);
  }

  /** What Claude was asked. */
  get asked(): string[] {
    return this.worker.sent.map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.telegram.release();
    this.router.close();
    await this.router.idle();
    this.conversations.shutDown();
    this.status.close();
    await this.outbox.close();
    this.journal.close();
    await this.home[Symbol.asyncDispose]();
  }
}

const person = (id: number) => ({
  id,
  is_bot: false,
  first_name: `User ${id}`,
  username: `u${id}`,
});
