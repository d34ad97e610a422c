/** A yes to what a directory brings: to exactly the content that was shown, by one who may say it. */
import { join } from "@std/path";
import { ADA, Arena, buttons, SESSION, STEP_MS, write } from "./arena.ts";
import { judged } from "./open.ts";

const USE = "Use these, as shown";
const BOB = 2;
const MALLORY = 666;
const GROUP = -5;

/** Settings whose one hook, at every prompt, is this command. */
const hooked = (command: string) =>
  JSON.stringify({ hooks: { UserPromptSubmit: [{ hooks: [{ type: "command", command }] }] } });

/** A session whose directory brings a hook and the script that it calls. */
async function bringing(arena: Arena): Promise<void> {
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await write(
    join(arena.cwd, ".claude/settings.json"),
    hooked(`${arena.touch("as-shown")}; sh scripts/step.sh`),
  );
  await write(join(arena.cwd, "scripts/step.sh"), arena.touch("script-as-shown"));
}

/** The message that offers what the directory brings. */
async function offer(arena: Arena) {
  arena.bench.say("/trust");
  return await arena.bench.api.waitFor(
    (api) => api.messages(ADA).findLast((message) => buttons(message).includes(USE)),
    { timeoutMs: STEP_MS, what: "what the directory brings" },
  );
}

async function starts(arena: Arena): Promise<void> {
  await arena.restart();
  await arena.turn();
}

Deno.test("attacks: what changes between the showing and the yes has no effect", async () => {
  await using arena = await Arena.make();
  await bringing(arena);
  const shown = await offer(arena);
  await write(join(arena.cwd, ".claude/settings.json"), hooked(arena.touch("changed-hook")));
  await write(join(arena.cwd, "scripts/step.sh"), arena.touch("changed-script"));
  await write(join(arena.cwd, ".claude/skills/late/SKILL.md"), "---\nname: late\n---\nMARK-LATE");
  arena.answer(shown, USE);
  await arena.status();
  await starts(arena);
  const effects = ["changed-hook", "changed-script"].filter((name) => arena.ran(name));
  if (arena.sent().includes("MARK-LATE")) effects.push("a skill that was not shown");
  judged("trust, changed before the yes", effects);
});

Deno.test("attacks: what changes after the yes has no effect, in no process", async () => {
  await using arena = await Arena.make();
  await bringing(arena);
  arena.answer(await offer(arena), USE);
  await arena.status();
  await starts(arena);
  const effects = arena.ran("as-shown") ? [] : ["what was shown does not run"];
  await write(join(arena.cwd, ".claude/settings.json"), hooked(arena.touch("changed-hook")));
  await write(join(arena.cwd, "scripts/step.sh"), arena.touch("changed-script"));
  await arena.turn();
  await starts(arena);
  effects.push(...["changed-hook", "changed-script"].filter((name) => arena.ran(name)));
  judged("trust, changed after the yes", effects);
});

Deno.test("attacks: Claude changes no copy of what is trusted", async () => {
  await using arena = await Arena.make();
  await bringing(arena);
  arena.answer(await offer(arena), USE);
  await arena.status();
  await arena.restart();
  await arena.call("/mode acceptEdits");
  await arena.turn();
  const effects: string[] = [];
  const before = arena.asked.length;
  const copies = await files(join(arena.home, "trust"));
  for (const path of copies) {
    await arena.turn(
      `TOOL:read:${path}`,
      `TOOL:write:${path}=${hooked(arena.touch("in-the-copy"))}`,
    );
  }
  for (const path of copies) {
    const text = await Deno.readTextFile(path);
    if (text.includes("in-the-copy")) effects.push("a copy was written, unasked");
  }
  await starts(arena);
  if (arena.ran("in-the-copy")) effects.push("what was written into the copy ran");
  if (copies.length === 0) effects.push(`there is no copy; asked ${arena.asked.length - before}`);
  judged("trust, the copy", effects);
});

Deno.test("attacks: nobody else says yes, nor does an old button", async () => {
  await using arena = await Arena.make({ settings: { telegram: { allowed_users: [ADA, BOB] } } });
  const { api } = arena.bench;
  api.addUser({ id: BOB, first_name: "Bob" });
  api.addUser({ id: MALLORY, first_name: "Mallory" });
  api.addGroup({ id: GROUP, title: "Homelab" });
  await bringing(arena);
  const first = await offer(arena);
  const data = (first.reply_markup?.inline_keyboard ?? []).flat()
    .flatMap((button) => "callback_data" in button ? [button.callback_data] : []);
  const hello = arena.bench.say("hello", GROUP);
  for (const each of data) {
    for (const chat of [ADA, GROUP, MALLORY]) {
      api.press({ from: MALLORY, chat, messageId: first.message_id, data: each });
    }
    api.press({ from: BOB, chat: GROUP, messageId: hello.message_id, data: each });
  }
  await arena.status();
  await starts(arena);
  const effects = arena.ran("as-shown") ? ["another one's tap counted"] : [];
  // What was shown then is not what lies there now.
  await write(join(arena.cwd, ".claude/settings.json"), hooked(arena.touch("second")));
  const second = await offer(arena);
  await write(join(arena.cwd, ".claude/settings.json"), hooked(arena.touch("third")));
  for (const { message_id: messageId } of [first, second]) {
    for (const each of data) api.press({ from: ADA, messageId, data: each });
  }
  await arena.status();
  await starts(arena);
  effects.push(...["second", "third"].filter((name) => arena.ran(name)));
  judged("trust, buttons", effects);
});

async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await files(path));
    else if (isFile) found.push(path);
  }
  return found;
}
