/** Long texts pasted into the five clients that cut them: one prompt each, and nothing else waits. */
import { assert, assertEquals } from "@std/assert";
import { CLIENTS } from "./clients.ts";
import { ADA, Chat } from "./stage.ts";

/** How many of each client are tried; a fifth of the texts unless the environment says all. */
const EACH = Number(Deno.env.get("SWITCHBOARD_PASTES") ?? 20);

/** Texts of 4,200 to 12,000 characters, prose and code with gaps of all kinds, the same at each run. */
function pastes(count: number): string[] {
  let state = 7;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
  const lengths = [4_200, 4_500, 5_400, 7_000, 9_500, 12_000];
  return Array.from({ length: count }, (_, index) => {
    const dense = 1 + below(60); // How many words there are, about, from one gap to the next.
    const first = index % 5 === 0 ? "Look at this:\n\n" : index % 7 === 0 ? "Und?\n\nJa: \n\n" : "";
    let text = first;
    while (text.length < lengths[index % lengths.length]!) {
      text += WORDS[below(WORDS.length)]! + (below(dense) === 0 ? GAPS[below(GAPS.length)]! : " ");
    }
    return text.trim();
  });
}

const WORDS = [
  ...[
    "the",
    "disk",
    "restarted",
    "zpool",
    "1.5",
    "example.org",
    "const",
    "=>",
    "{",
    "}",
    "a",
    "😀",
  ],
  ...["unter", "Größe", "return", "/etc/hosts", "--all", "x".repeat(80), "и", "is", "late,", "ok"],
];
const GAPS = [". ", "\n", "\n\n", "\n\n\n", ", ", "; ", "? ", "\n  ", ".\n"];

const letters = (text: string) => text.replace(/\s+/g, "");

for (const [name, cut] of Object.entries(CLIENTS)) {
  Deno.test(`pastes: of the texts that ${name} cuts none is answered apart, none waits long`, async () => {
    for (const [index, text] of pastes(EACH).entries()) {
      await using chat = await Chat.open("lab");
      await chat.sessions.switch("lab", { chat: ADA });
      const parts = cut(text);
      assert(parts.length > 1);
      const date = Math.floor(chat.clock.now() / 1000);
      for (const [at, part] of parts.entries()) {
        if (at > 0) await chat.clock.advance(index % 2 === 0 ? 56 : 600);
        await chat.write(part, { date: date + (at > 1 ? 1 : 0) });
      }
      const asked = () => [...chat.asked, ...chat.journal.jobs.queue("lab").map((job) => job.text)];
      const before = asked().join("");
      if (letters(before) !== letters(parts.join(""))) await chat.clock.advance(1_500);
      await chat.idle();
      assertEquals(letters(asked().join("")), letters(parts.join("")), `${name}, text ${index}`);
      // Whatever had begun by then, its rest was steered into that turn: nothing waits for its end.
      assertEquals(chat.journal.jobs.queue("lab"), []);
    }
  });
}

Deno.test("pastes: two messages that a person types are two, and none of them waits", async () => {
  for (const [first, second] of [["check the logs", "of pve1, please"], ["a".repeat(1_999), "b"]]) {
    await using chat = await Chat.open("lab");
    await chat.sessions.switch("lab", { chat: ADA });
    await chat.write(first!);
    assertEquals(chat.asked, [first]);
    await chat.write(second!);
    assertEquals(chat.journal.jobs.queue("lab").map(({ text }) => text), [second]);
  }
});

Deno.test("pastes: a long message and another behind it that fits are two", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("a".repeat(2_500));
  await chat.write("and do it today");
  assertEquals(chat.asked, ["a".repeat(2_500)]);
  assertEquals(chat.journal.jobs.queue("lab").map(({ text }) => text), ["and do it today"]);
});

Deno.test("pastes: the rest replies to the same message, and is quoted once", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  const reply_to_message = { message_id: 3, from: { id: ADA, first_name: "Ada" }, text: "here" };
  await chat.write("", { other: { text: "a".repeat(4_090), reply_to_message } });
  await chat.write("", { other: { text: "b".repeat(40), reply_to_message } });
  assertEquals(chat.asked, [`> I wrote:\n> here\n\n${"a".repeat(4_090)}\n${"b".repeat(40)}`]);
});

/** Commands whose words are longer than a message. */
const words = "keep every name. ".repeat(320).trim();
const COMMANDS: readonly (readonly [string, string])[] = [
  ["/steer", words],
  ["/compact", `/compact ${words}`],
];

for (const [command, expected] of COMMANDS) {
  for (const [name, cut] of Object.entries(CLIENTS)) {
    Deno.test(`pastes: ${command} with 5,400 characters is one, as ${name} cuts it`, async () => {
      await using chat = await Chat.open("lab");
      await chat.sessions.switch("lab", { chat: ADA });
      for (const part of cut(`${command} ${words}`)) await chat.write(part);
      await chat.clock.advance(1_500);
      await chat.idle();
      assertEquals(chat.asked.map(letters), [letters(expected)]);
    });
  }
}

Deno.test("pastes: the reason for a denial that is longer than a message arrives whole", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  const summary = "Running ls";
  const request = {
    ...{ kind: "permission", id: "r1", tool: "Bash", input: { command: "ls" }, summary } as const,
    ...{ reason: null, subagent: false, grantable: null, before: null },
  };
  await chat.heard("lab", { type: "started", prompts: ["p1"] }, { type: "request", request });
  await chat.idle();
  const shown = chat.telegram.of("sendMessage").length + 1_000;
  const reply_to_message = { message_id: shown, from: { id: 9, is_bot: true }, text: "?" };
  for (const text of CLIENTS["Desktop"]!(words)) {
    await chat.write("", { other: { text, reply_to_message } });
  }
  await chat.clock.advance(1_500);
  await chat.idle();
  const reasons = chat.worker.answers.map(([, answer]) =>
    answer.kind === "deny" ? letters(answer.reason) : answer.kind
  );
  assertEquals(reasons, [letters(`The user denied this: ${words}`)]);
  assertEquals([chat.asked, chat.journal.jobs.queue("lab")], [["hello"], []]);
});
