import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { CommandResult } from "../../../../lib/homelab/mod.ts";
import { menuFor } from "../../../../lib/telegram/features/commands.ts";
import { PROBE_COMMANDS } from "../../../../lib/telegram/features/homelab/commands.ts";
import { ADA, Chat } from "../../stage.ts";
import { aProbe, report, row } from "../../homelab/reports.ts";

const NAMES = PROBE_COMMANDS.map(({ name }) => name);

Deno.test("homelab: what is not configured is not in the menu, and says in a sentence how", async () => {
  await using chat = await Chat.open();
  const listed = menuFor(chat.homelab).map(({ command }) => command);
  for (const name of NAMES) {
    assert(!listed.includes(name));
    await chat.write(`/${name}`);
    assertMatch(chat.lastSaid, new RegExp(`^To use /${name}, add homelab\\.\\w+ to switchboard`));
    assertEquals(chat.lastSaid.split("\n").length, 1);
  }
  await chat.write("/help");
  assert(!/pbs/.test(chat.lastSaid));
});

Deno.test("homelab: what is configured is in the menu and in /help, and answers with its report", async () => {
  await using chat = await Chat.open();
  const { probe, asked } = aProbe(() => report([row("bad", "nas", "down")]));
  chat.homelab.probes.set("beszel", probe);
  assert(menuFor(chat.homelab).some(({ command }) => command === "beszel"));
  await chat.write("/help");
  assertStringIncludes(chat.lastSaid, "Homelab\n/beszel [name]");
  await chat.write("/beszel");
  assertMatch(chat.lastSaid, /^🟠 Beszel · 1 of 2 up\nat .*\n🔴 nas: down$/);
  await chat.write("/Beszel  my nas ");
  assertEquals(asked, [undefined, "my nas"]);
  assertEquals(chat.buttons, ["h:rzmy nas", "h:az"]);
});

Deno.test("homelab: a name too long for a button leaves Refresh away", async () => {
  await using chat = await Chat.open();
  chat.homelab.probes.set("ping", aProbe(() => report([])).probe);
  await chat.write(`/ping ${"ä".repeat(31)}`);
  assertEquals(chat.buttons, ["h:ai"]);
  await chat.write(`/ping ${"ä".repeat(30)}`);
  assertEquals(chat.buttons, [`h:ri${"ä".repeat(30)}`, "h:ai"]);
});

Deno.test("homelab: a slow report waits for nobody, and nobody waits for it", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  const slow = Promise.withResolvers<void>();
  chat.homelab.probes.set("pbs", aProbe(() => slow.promise.then(() => report([]))).probe);
  chat.homelab.probes.set("kuma", aProbe(() => report([], { title: "Kuma" })).probe);
  chat.receive(chat.anUpdate("/pbs"));
  chat.receive(chat.anUpdate("a prompt"));
  chat.receive(chat.anUpdate("/kuma"));
  // Sessions are files, so this takes more than promises that settle.
  for (let tries = 0; tries < 500 && chat.said.length + chat.asked.length < 2; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const [said, asked] = [chat.lastSaid, chat.asked];
  slow.resolve();
  await chat.idle();
  assertEquals(asked, ["a prompt"]);
  assertMatch(said, /Kuma/);
  assertMatch(chat.lastSaid, /Beszel/);
});

Deno.test("homelab: what takes its time shows that it is being done, and what is quick does not", async () => {
  await using chat = await Chat.open();
  const slow = Promise.withResolvers<void>();
  chat.homelab.probes.set("pbs", aProbe(() => slow.promise.then(() => report([]))).probe);
  chat.homelab.probes.set("kuma", aProbe(() => report([])).probe);
  const typing = () => chat.telegram.of("sendChatAction").length;
  await chat.write("/kuma");
  await chat.clock.advance(10_000);
  assertEquals(typing(), 0);
  chat.receive(chat.anUpdate("/pbs"));
  await chat.clock.advance(900);
  assertEquals(typing(), 0);
  await chat.clock.advance(5_000);
  assertEquals(typing(), 2);
  slow.resolve();
  await chat.idle();
  await chat.clock.advance(60_000);
  assertEquals(typing(), 2);
});

Deno.test("homelab: a report that a crash cut off is made again, an own command is not run again", async () => {
  await using chat = await Chat.open();
  chat.homelab.probes.set("pbs", aProbe(() => report([])).probe);
  let runs = 0;
  own(chat, { output: "x" }, () => void runs++);
  const { journal } = chat;
  for (const text of ["/pbs", "/updates"]) {
    const update = chat.anUpdate(text);
    journal.updates.record({
      ...{ id: update.update_id, kind: "command", place: { chat: ADA }, user: ADA },
      ...{ payload: update, receivedAt: chat.clock.now() },
    });
  }
  chat.router.replay();
  await chat.idle();
  assertEquals(runs, 0);
  assertEquals(chat.said.map((text) => text.slice(0, 40)).sort(), [
    "I was interrupted in the middle of /upda",
    "🟠 Beszel · 1 of 2 up\nat " + chat.said.find((text) => text.startsWith("🟠"))!.slice(25, 40),
  ]);
});

/** Puts the command `/updates` in, which ends like that. */
function own(
  chat: Chat,
  result: Partial<CommandResult>,
  onRun: (args: readonly string[]) => void = () => {},
) {
  chat.homelab.commands.set("updates", {
    name: "updates",
    description: "What is new",
    run: (args) => {
      onRun(args);
      return Promise.resolve({ output: "", cut: false, end: { kind: "exit", code: 0 }, ...result });
    },
  });
}

Deno.test("own commands: in the menu, with the output as a code block and the exit code", async () => {
  await using chat = await Chat.open();
  const asked: (readonly string[])[] = [];
  own(chat, { output: "12 packages\nall fine" }, (args) => asked.push(args));
  assert(menuFor(chat.homelab).some(({ command }) => command === "updates"));
  await chat.write('/updates list "a b" $(reboot)');
  assertEquals(asked, [["list", "a b", "$(reboot)"]]);
  const sent = chat.telegram.of("sendMessage").at(-1)!.payload;
  assertEquals(sent["text"], "/updates ✓ exit code 0 after 0 s\n12 packages\nall fine");
  const entities = sent["entities"] as { type: string }[];
  assertEquals(entities.map(({ type }) => type), ["bold", "pre"]);
});

const ENDS: readonly (readonly [CommandResult["end"], RegExp])[] = [
  [{ kind: "exit", code: 3 }, /✗ exit code 3/],
  [{ kind: "signal", signal: "SIGSEGV" }, /✗ ended by SIGSEGV/],
  [{ kind: "late", seconds: 60 }, /✗ took longer than its 60 s, so it was ended/],
  [{ kind: "missing", program: "apt" }, /could not be started: apt is not there, or/],
];

for (const [end, sentence] of ENDS) {
  Deno.test(`own commands: an end by ${end.kind} is told`, async () => {
    await using chat = await Chat.open();
    own(chat, { end });
    await chat.write("/updates");
    assertMatch(chat.lastSaid, sentence);
  });
}

Deno.test("own commands: a long output is a file, with its end in the message", async () => {
  await using chat = await Chat.open();
  const output = Array.from({ length: 2_000 }, (_, index) => `line ${index}`).join("\n");
  own(chat, { output });
  await chat.write("/updates");
  assertMatch(
    chat.lastSaid,
    /The whole output is in updates\.txt; its end:\nline \d+\n[\s\S]*line 1999$/,
  );
  assert(chat.lastSaid.length < 1_400);
  const { document } = chat.telegram.of("sendDocument").at(-1)!.payload as {
    document: { name: string; text: string };
  };
  assertEquals(document, { name: "updates.txt", text: output });
});

Deno.test("own commands: a quotation mark that is not closed runs nothing", async () => {
  await using chat = await Chat.open();
  let runs = 0;
  own(chat, {}, () => void runs++);
  await chat.write('/updates "half');
  assertEquals([runs, chat.lastSaid], [0, "A quotation mark is not closed; nothing was run."]);
});

Deno.test("own commands: one of ours with the same name wins", async () => {
  await using chat = await Chat.open();
  chat.homelab.commands.set("help", {
    name: "help",
    description: "mine",
    run: () => Promise.reject(),
  });
  await chat.write("/help");
  assertMatch(chat.lastSaid, /^Commands/);
  const named = menuFor(chat.homelab).filter(({ command }) => command === "help");
  assertEquals(named.map(({ description }) => description), ["The commands"]);
});
