/** Long texts pasted into the five clients that cut them: one prompt each, and nothing else waits. */
import { assert, assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { fromFileUrl } from "@std/path";
import { CLIENTS } from "./clients.ts";
import { ADA, Chat } from "./stage.ts";

/** How many of each client are tried; a fifth of the texts unless the environment says all. */
const EACH = Number(Deno.env.get("SWITCHBOARD_PASTES") ?? 20);

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Texts of 4,100 to 12,000 characters out of this project's own files, the same at each run. */
async function pastes(count: number): Promise<string[]> {
  const files: string[] = [];
  for await (const { path } of walk(`${ROOT}lib`, { exts: [".ts"], includeDirs: false })) {
    files.push(path);
  }
  const texts = [await Deno.readTextFile(`${ROOT}README.md`)];
  for (const path of files.sort()) texts.push(await Deno.readTextFile(path));
  const all = texts.join("\n\n");
  const lengths = [4_200, 4_500, 5_400, 7_000, 9_500, 12_000];
  return Array.from({ length: count }, (_, index) => {
    const from = (index * 7_919) % (all.length - 12_000);
    const text = all.slice(from, from + lengths[index % lengths.length]!).trim();
    // Pasted behind a first line of one's own, which some clients cut off as a part of its own.
    return index % 5 === 0 ? `Look at this:\n\n${text}` : text;
  });
}

const letters = (text: string) => text.replace(/\s+/g, "");

for (const [name, cut] of Object.entries(CLIENTS)) {
  Deno.test(`pastes: of the texts that ${name} cuts none is answered apart, none waits long`, async () => {
    for (const [index, text] of (await pastes(EACH)).entries()) {
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
      // What had begun is not begun again: its rest was steered into that turn.
      const first = chat.worker.sent.length;
      assert(first === 1 || parts[0]!.length < 2_000, `${name}, text ${index}`);
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
    ...{ reason: null, subagent: false, forSession: null, before: null },
  };
  await chat.heard("lab", { type: "started", prompts: ["p1"] }, { type: "prompt", request });
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
