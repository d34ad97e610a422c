import { assertEquals, assertThrows } from "@std/assert";
import type { Update } from "grammy/types";
import { openJournal, type Place } from "../../../lib/journal/mod.ts";
import type { Command } from "../../../lib/telegram/context.ts";
import { type Incoming, parseCommand, read } from "../../../lib/telegram/incoming/incoming.ts";
import { createReceiver } from "../../../lib/telegram/inbox/receive.ts";
import { fakeClock } from "../../fake_clock.ts";

const ADA = { id: 1, is_bot: false, first_name: "Ada" };
const EVE = { id: 66, is_bot: false, first_name: "Eve", username: "eve" };
const PRIVATE = { id: 1, type: "private", first_name: "Ada" } as const;
const GROUP = { id: -5, type: "supergroup", title: "Lab" } as const;

const update = (id: number, content: object): Update => ({ update_id: id, ...content }) as Update;
const message = (content: object, from: object = ADA, chat: object = PRIVATE) => ({
  message: { message_id: 7, date: 0, from, chat, ...content },
});

const COMMAND: Command = {
  name: "new",
  description: "",
  repeatable: false,
  run: () => Promise.reject(new Error("It is not to run")),
};

class Stage implements Disposable {
  readonly journal = openJournal(":memory:");
  readonly routed: Incoming[] = [];
  /** How many updates were on disk when each was routed. */
  readonly recorded: number[] = [];
  readonly take = createReceiver({
    journal: this.journal,
    clock: fakeClock(1000),
    allowed: new Set([1]),
    username: "Board_bot",
    findCommand: (name) => ["new", "help"].includes(name) ? COMMAND : undefined,
    route: (each) => {
      this.recorded.push(this.journal.updates.unrouted().length);
      this.routed.push(each);
    },
  });

  /** The kind that an update is routed as; "nothing" when it is not. */
  kind(content: object): string {
    this.take(update(this.routed.length + 1, content));
    return this.routed.at(-1)?.kind ?? "nothing";
  }

  [Symbol.dispose](): void {
    this.journal.close();
  }
}

Deno.test("receive: an update is on disk before it is routed", () => {
  using stage = new Stage();
  const first = update(5, message({ text: "hello" }));
  stage.take(first);
  assertEquals(stage.recorded, [1]);
  assertEquals(stage.journal.updates.unrouted(), [{
    id: 5,
    kind: "prompt",
    place: { chat: 1 },
    user: 1,
    payload: first,
    receivedAt: 1000,
    state: "new",
  }]);
  assertEquals(stage.routed, [{
    id: 5,
    kind: "prompt",
    asker: { place: { chat: 1 }, user: 1 },
    replyTo: 7,
    message: first.message!,
    words: "hello",
    call: null,
    receivedAt: 1000,
    held: false,
  }]);
});

Deno.test("receive: an update that comes again is not routed again", () => {
  using stage = new Stage();
  stage.take(update(5, message({ text: "hello" })));
  stage.take(update(5, message({ text: "hello" })));
  assertEquals(stage.routed.length, 1);
});

Deno.test("receive: when the disk refuses it throws, so that Telegram keeps the update", () => {
  using stage = new Stage();
  stage.journal.updates.record = () => {
    throw new Error("The disk is full");
  };
  assertThrows(() => stage.take(update(5, message({ text: "hello" }))), Error, "full");
  assertEquals(stage.routed, []);
});

const press = (from: object) => ({
  callback_query: { id: "q", from, chat_instance: "", data: "d", ...message({}) },
});

const KINDS: readonly (readonly [string, object, string])[] = [
  ["a text", message({ text: "hello" }), "prompt"],
  ["a command of ours", message({ text: "/new a b" }), "command"],
  ["a command of ours in capitals", message({ text: "/NEW a" }), "command"],
  ["a command by our name", message({ text: "/new@Board_bot a" }), "command"],
  ["a command by our name in small letters", message({ text: "/new@board_bot a" }), "command"],
  ["a command of another bot", message({ text: "/new@other_bot a" }, ADA, GROUP), "nothing"],
  ["a stop", message({ text: "/stop" }), "stop"],
  ["a stop with words", message({ text: "/stop it" }), "stop"],
  ["a command of Claude Code", message({ text: "/compact" }), "prompt"],
  ["a path", message({ text: "/etc/hosts is odd" }), "prompt"],
  ["a command in the middle", message({ text: "try /new a" }), "prompt"],
  ["a lone slash", message({ text: "/" }), "prompt"],
  ["a picture", message({ photo: [] }), "other"],
  ["a picture with words", message({ photo: [], caption: "/new a" }), "other"],
  ["a voice note", message({ voice: {} }), "other"],
  ["a press", press(ADA), "press"],
  ["an edit", { edited_message: message({ text: "x" }).message }, "edit"],
  ["an edit of a command", { edited_message: message({ text: "/new a" }).message }, "edit"],
  ["a new title", message({ new_chat_title: "x" }), "nothing"],
  ["a member that joined", message({ new_chat_members: [] }), "nothing"],
  ["a pinned message", message({ pinned_message: {} }), "nothing"],
  ["a new topic", message({ forum_topic_created: {} }), "nothing"],
  ["an update without a sender", { channel_post: message({ text: "x" }).message }, "nothing"],
  ["an empty update", {}, "nothing"],
];

for (const [what, content, kind] of KINDS) {
  Deno.test(`receive: ${what} is ${kind}`, () => {
    using stage = new Stage();
    assertEquals(stage.kind(content), kind);
  });
}

const FROM_STRANGERS: readonly (readonly [string, object])[] = [
  ["message", message({ text: "hello" }, EVE)],
  ["message in a group with an allowed user", message({ text: "/new a" }, EVE, GROUP)],
  ["edited message", { edited_message: message({ text: "x" }, EVE).message }],
  ["press", press(EVE)],
  ["picture", message({ photo: [] }, EVE)],
  ["stop", message({ text: "/stop" }, EVE)],
];

for (const [what, content] of FROM_STRANGERS) {
  Deno.test(`receive: a stranger's ${what} leads to nothing but one note of the stranger`, () => {
    using stage = new Stage();
    const contacts: boolean[] = [];
    const { firstContact } = stage.journal;
    stage.journal.firstContact = (user, at) => {
      contacts.push(firstContact(user, at));
      return contacts.at(-1)!;
    };
    stage.take(update(1, content));
    stage.take(update(2, content));
    assertEquals([stage.routed, stage.journal.updates.unrouted()], [[], []]);
    assertEquals(contacts, [true, false]);
  });
}

Deno.test("receive: an empty list of users allows nobody", () => {
  using journal = openJournal(":memory:");
  const routed: Incoming[] = [];
  const take = createReceiver({
    journal,
    clock: fakeClock(),
    allowed: new Set(),
    username: "b",
    findCommand: () => COMMAND,
    route: (each) => void routed.push(each),
  });
  take(update(1, message({ text: "hello" })));
  assertEquals(routed, []);
});

const THREADS: readonly (readonly [string, object, object])[] = [
  ["a topic", { message_thread_id: 9, is_topic_message: true }, { chat: -5, thread: 9 }],
  ["a reply in a group without topics", { message_thread_id: 9 }, { chat: -5 }],
  ["the general topic", {}, { chat: -5 }],
];

for (const [what, fields, place] of THREADS) {
  Deno.test(`receive: a message in ${what} belongs to ${JSON.stringify(place)}`, () => {
    using stage = new Stage();
    stage.take(update(1, message({ text: "x", ...fields }, ADA, GROUP)));
    assertEquals(stage.routed[0]?.asker.place, place as Place);
  });
}

Deno.test("receive: a press on a message of a topic belongs to the topic", () => {
  using stage = new Stage();
  const { message: shown } = message(
    { message_thread_id: 9, is_topic_message: true },
    ADA,
    GROUP,
  );
  const query = { id: "q", from: ADA, chat_instance: "", data: "d", message: shown };
  stage.take(update(1, { callback_query: query }));
  assertEquals(stage.routed[0]?.asker.place, { chat: -5, thread: 9 });
});

Deno.test("receive: a press without a message has no place in the journal, and is routed still", () => {
  using stage = new Stage();
  const query = { id: "q", from: ADA, chat_instance: "", data: "d" };
  stage.take(update(1, { callback_query: query }));
  assertEquals(stage.journal.updates.unrouted()[0]?.place, null);
  assertEquals(stage.routed[0]?.asker, { place: { chat: 1 }, user: 1 });
});

Deno.test("receive: an update of the journal is read as the new one was, and is of the kind it had", () => {
  using stage = new Stage();
  const contents = [
    ...KINDS.map(([, content]) => content),
    message({ migrate_to_chat_id: -1005 }, EVE, GROUP),
    { stopped_message_generation: { chat: PRIVATE, draft_id: 4 } },
  ];
  for (const [index, content] of contents.entries()) stage.take(update(index + 1, content));
  const known = stage.journal.updates.unrouted();
  const again = (name: string) => ["new", "help"].includes(name) ? COMMAND : undefined;
  assertEquals(known.map((each) => read(each, again)), stage.routed);
  // A command may have left the settings meanwhile, or be there now.
  for (const find of [() => undefined, () => COMMAND]) {
    assertEquals(known.map((each) => read(each, find)?.kind), known.map(({ kind }) => kind));
  }
});

Deno.test("receive: the words behind a command are as Claude reads them, its name as it was written", () => {
  using stage = new Stage();
  const link = { type: "text_link", url: "https://a.example/" };
  const said = (text: string, offset: number, length: number) => {
    stage.take(
      update(stage.routed.length + 1, message({ text, entities: [{ ...link, offset, length }] })),
    );
    const last = stage.routed.at(-1);
    return last?.kind === "command" ? [last.call?.name, last.call?.args] : last?.kind;
  };
  assertEquals(said("/new see this", 9, 4), ["new", "see this <https://a.example/>"]);
  assertEquals(said("/stop", 0, 5), "stop");
  assertEquals(said("/stop", 0, 3), "stop");
});

const COMMANDS = [
  ["/new", { name: "new", bot: undefined, args: "" }],
  ["/new  a  b ", { name: "new", bot: undefined, args: "a  b" }],
  ["/new@b_bot\na", { name: "new", bot: "b_bot", args: "a" }],
  ["/New a", { name: "new", bot: undefined, args: "a" }],
  ["/a/b", null],
  ["/a-b", null],
  ["new", null],
  ["", null],
  [`/${"x".repeat(33)}`, null],
] as const;

for (const [text, parsed] of COMMANDS) {
  Deno.test(`receive: '${text.replace("\n", "\\n").slice(0, 20)}' is ${parsed?.name ?? "no command"}`, () =>
    assertEquals(parseCommand(text), parsed));
}
