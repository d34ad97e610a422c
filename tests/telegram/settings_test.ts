import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { InitializeInfo } from "../../lib/claude/events.ts";
import { ADA, BOB, Chat } from "./stage.ts";

const INFO: InitializeInfo = {
  commands: [],
  models: [
    { value: "default", id: "claude-opus-5-5", title: "Default (recommended)" },
    { value: "opus", id: "claude-opus-5-5", title: "Opus" },
    { value: "haiku", id: "claude-haiku-5-5", title: "Haiku" },
  ],
};

/** A chat in session `lab`; with `alive` its process runs. */
async function inLab({ alive = false, allowBypass = false } = {}): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  if (alive) chat.claude.running.add("lab");
  Object.assign(chat.context.rules, { allowBypass });
  return chat;
}

const metadata = (chat: Chat) => chat.sessions.get("lab");

/** The labels under the last message, with the data of each. */
function labels(chat: Chat): Map<string, string> {
  const markup = chat.telegram.of("sendMessage").at(-1)?.payload["reply_markup"] as {
    inline_keyboard: { text: string; callback_data: string }[][];
  } | undefined;
  return new Map((markup?.inline_keyboard ?? []).flat().map((b) => [b.text, b.callback_data]));
}

/** The text that the buttons' message became. */
const became = (chat: Chat) =>
  String(chat.telegram.of("editMessageText").at(-1)?.payload["text"] ?? "");

for (const command of ["/model", "/effort", "/mode", "/persona", "/timeout", "/verbose"]) {
  Deno.test(`settings: ${command} without a session says how to make one`, async () => {
    await using chat = await Chat.open();
    await chat.write(command);
    assertStringIncludes(chat.lastSaid, "There is no session here yet: /new <name>");
  });
}

Deno.test("settings: /model without a name shows the current one and those that the CLI has", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.info = INFO;
  await chat.write("/model");
  assertMatch(chat.lastSaid, /^lab · model: default\n/);
  assertEquals([...labels(chat).keys()], ["● Default", "Opus", "Haiku"]);
  for (const data of labels(chat).values()) assert(data.length <= 64, data);
});

Deno.test("settings: a model that was tapped holds at once in a running process", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.info = INFO;
  await chat.write("/model");
  assertEquals(await chat.press(labels(chat).get("Haiku")!), "lab: Haiku");
  assertEquals(became(chat), "lab · model: haiku (claude-haiku-5-5)\nAt once.");
  assertEquals((await metadata(chat)).model, "haiku");
  assertEquals(chat.claude.asked, ["model lab haiku"]);
});

Deno.test("settings: in a running turn a model is for the next one", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.busy.add("lab");
  await chat.write("/model opus");
  assertStringIncludes(chat.lastSaid, "From the next turn on.");
});

Deno.test("settings: without a process a model is for the next start", async () => {
  await using chat = await inLab();
  await chat.write("/model opus");
  assertEquals(chat.lastSaid, "lab · model: opus\nFrom the next message on: no process runs now.");
  assertEquals([(await metadata(chat)).model, chat.claude.asked], ["opus", []]);
});

Deno.test("settings: a process that does not confirm a model is replaced", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.obeys = false;
  await chat.write("/model opus");
  assertStringIncludes(chat.lastSaid, "its process was closed and starts again with it");
  assertEquals(chat.claude.asked, ["model lab opus", "outdate lab"]);
});

Deno.test("settings: an unknown model is refused when the CLI's own are known", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.info = INFO;
  await chat.write("/model opsu");
  assertEquals(chat.lastSaid, "There is no model 'opsu'. There are: default, opus, haiku.");
  assertEquals([(await metadata(chat)).model, chat.claude.asked], [null, []]);
  await chat.write("/model claude-haiku-5-5");
  assertEquals((await metadata(chat)).model, "claude-haiku-5-5");
});

Deno.test("settings: default gives back what the persona or the settings say", async () => {
  await using chat = await inLab({ alive: true });
  await chat.sessions.update("lab", { model: "haiku" });
  Object.assign(chat.context.rules, { model: "sonnet" });
  await chat.write("/model default");
  assertEquals((await metadata(chat)).model, null);
  assertEquals(chat.claude.asked, ["model lab sonnet"]);
  Object.assign(chat.context.rules, { model: null });
  await chat.write("/model default");
  assertEquals((await metadata(chat)).model, "default");
});

Deno.test("settings: an effort holds at once, default takes it back, another word is refused", async () => {
  await using chat = await inLab({ alive: true });
  await chat.write("/effort");
  const all = ["● default", "low", "medium", "high", "xhigh", "max"];
  assertEquals([...labels(chat).keys()], all);
  await chat.write("/effort high");
  assertEquals(chat.lastSaid, "lab · effort: high\nAt once.");
  assertEquals((await metadata(chat)).effort, "high");
  await chat.write("/effort default");
  assertEquals((await metadata(chat)).effort, null);
  assertEquals(chat.claude.asked, ["effort lab high", "effort lab null"]);
  await chat.write("/effort harder");
  assertStringIncludes(chat.lastSaid, "There is no effort 'harder'");
});

Deno.test("settings: an effort that the process does not confirm is told so", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.obeys = false;
  await chat.write("/effort max");
  assertStringIncludes(chat.lastSaid, "did not confirm it");
});

Deno.test("settings: a mode holds at once; bypass is offered only where it is allowed", async () => {
  await using chat = await inLab({ alive: true });
  await chat.write("/mode");
  assertEquals([...labels(chat).keys()], ["● Default", "Accept edits", "Plan", "Don't ask"]);
  assertStringIncludes(chat.lastSaid, "• Plan: reads and plans, changes nothing");
  assertEquals(await chat.press(labels(chat).get("Plan")!), "lab: Plan");
  assertEquals((await metadata(chat)).permission_mode, "plan");
  await chat.write("/mode bypassPermissions");
  assertStringIncludes(chat.lastSaid, "do not allow bypassPermissions here");
  await chat.write("/mode yolo");
  assertStringIncludes(chat.lastSaid, "There is no mode 'yolo'");
  assertEquals((await metadata(chat)).permission_mode, "plan");
});

Deno.test("settings: /mode tells when the running process is in another, as after a plan", async () => {
  await using chat = await inLab({ alive: true });
  await chat.sessions.update("lab", { permission_mode: "plan" });
  chat.claude.named = "acceptEdits";
  await chat.write("/mode");
  assertMatch(chat.lastSaid, /^lab · mode: plan\nIts running process is in acceptEdits\.\n/);
  chat.claude.named = "plan";
  await chat.write("/mode");
  assert(!chat.lastSaid.includes("running process"));
});

Deno.test("settings: /mode shows no mode that the library or the settings have withdrawn", async () => {
  await using chat = await inLab();
  const allowing = (permission_mode: string) =>
    Deno.writeTextFile(
      chat.home.path("personas/ops.json"),
      JSON.stringify({ name: "Ops", system_prompt: "Work.", settings: { permission_mode } }),
    );
  await Deno.mkdir(chat.home.path("personas"), { recursive: true });
  await allowing("acceptEdits");
  await chat.sessions.changePersona("lab", "ops");
  await chat.write("/mode");
  assertMatch(chat.lastSaid, /^lab · mode: acceptEdits\n/);
  await allowing("default");
  await chat.write("/mode");
  assertMatch(chat.lastSaid, /^lab · mode: default\n/);
  await chat.sessions.update("lab", { permission_mode: "bypassPermissions" });
  await chat.write("/mode");
  assertMatch(chat.lastSaid, /^lab · mode: default\n/);
});

Deno.test("settings: bypass needs a second tap, and the process starts anew for it", async () => {
  await using chat = await inLab({ alive: true, allowBypass: true });
  chat.claude.obeys = false; // As with a process that was not started for it.
  await chat.write("/mode");
  assertEquals(await chat.press(labels(chat).get("Bypass")!), "Please read this first.");
  assertStringIncludes(became(chat), "⚠️ Bypass in lab");
  assertEquals((await metadata(chat)).permission_mode, null);
  const edit = chat.telegram.of("editMessageText").at(-1)?.payload["reply_markup"] as {
    inline_keyboard: { callback_data: string }[][];
  };
  const [[yes], [leave]] = edit.inline_keyboard as [[{ callback_data: string }], [
    { callback_data: string },
  ]];
  assertEquals(await chat.press(leave.callback_data), "Left as it was");
  assertEquals((await metadata(chat)).permission_mode, null);
  assertEquals(await chat.press(yes.callback_data), "lab: Bypass");
  assertEquals((await metadata(chat)).permission_mode, "bypassPermissions");
  assertEquals(chat.claude.asked, ["mode lab bypassPermissions", "outdate lab"]);
});

Deno.test("settings: bypass by its name is warned of too, and a confirmation outlives no ban", async () => {
  await using chat = await inLab({ allowBypass: true });
  await chat.write("/mode bypassPermissions");
  assertStringIncludes(chat.lastSaid, "⚠️ Bypass in lab");
  const yes = labels(chat).get("Yes, do everything without asking")!;
  Object.assign(chat.context.rules, { allowBypass: false });
  assertEquals(await chat.press(yes), "This button is no longer in use.");
  assertEquals((await metadata(chat)).permission_mode, null);
});

Deno.test("settings: a persona is copied into the session, and its process starts anew", async () => {
  await using chat = await inLab({ alive: true });
  await chat.sessions.update("lab", { model: "haiku" });
  await chat.write("/persona");
  assertMatch(chat.lastSaid, /^lab · persona: default\n/);
  const planner = [...labels(chat)].find(([label]) => /planner/i.test(label))![1];
  await chat.press(planner);
  assertMatch(became(chat), /persona: planner\n.*starts again.*keeps its own model haiku/);
  assertEquals((await metadata(chat)).persona, "planner");
  assertMatch((await chat.sessions.persona("lab")).name, /planner/i);
  await chat.write("/persona butler");
  assertMatch(chat.lastSaid, /no persona 'butler'/);
});

Deno.test("settings: a persona in a running turn comes after it", async () => {
  await using chat = await inLab({ alive: true });
  chat.claude.busy.add("lab");
  await chat.write("/persona research");
  assertStringIncludes(chat.lastSaid, "After what runs now");
});

Deno.test("settings: the time until a process is closed is 1 to 120 minutes", async () => {
  await using chat = await inLab();
  await chat.write("/timeout");
  assertMatch(chat.lastSaid, /^lab · timeout: 10 min/);
  assert(labels(chat).has("● 10 min"));
  await chat.write("/timeout 45");
  assertEquals([(await metadata(chat)).idle_timeout, chat.claude.asked], [2700, ["retime lab"]]);
  for (const wrong of ["0", "121", "1.5", "-3", "soon", "1e2"]) {
    await chat.write(`/timeout ${wrong}`);
    assertStringIncludes(chat.lastSaid, "1 to 120");
  }
  assertEquals((await metadata(chat)).idle_timeout, 2700);
});

for (const mode of ["verbose", "smart", "normal"] as const) {
  Deno.test(`settings: /${mode} holds at once and is kept`, async () => {
    await using chat = await inLab();
    await chat.sessions.update("lab", { output: "other" });
    await chat.write(`/${mode}`);
    assertStringIncludes(chat.lastSaid, `lab · output: ${mode}`);
    assertEquals([(await metadata(chat)).output, chat.outputs.of("lab")], [mode, mode]);
  });
}

Deno.test("settings: another user's tap, a session that is gone and nonsense change nothing", async () => {
  await using chat = await inLab();
  await chat.write("/effort");
  const low = labels(chat).get("low")!;
  const where = { user: BOB, chat: ADA };
  assertEquals(await chat.press(low, where), "These buttons are for who asked for them.");
  assertEquals((await metadata(chat)).effort, null);
  for (const data of ["v:", "v:e:x:1:y", low.slice(0, -1), low.replace("v:e", "v:q"), `${low}:1`]) {
    assertEquals(await chat.press(data), "This button is no longer in use.");
  }
  await Deno.remove(chat.home.path("sessions/lab"), { recursive: true });
  assertEquals(await chat.press(low), "This session is not there any more.");
});

Deno.test("settings: the buttons stay bound to the session that they were shown for", async () => {
  await using chat = await inLab();
  await chat.write("/effort");
  const low = labels(chat).get("low")!;
  await chat.write("/new other");
  await chat.press(low);
  assertEquals((await chat.sessions.get("other")).effort, null);
  assertEquals((await metadata(chat)).effort, "low");
});

/** What a process can be doing when a setting is changed, and what is said of each setting then. */
const MOMENTS = {
  "no process": "From the next message on: no process runs now.",
  starting: "At once: its process is starting, and starts with it.",
} as const;

for (const [moment, words] of Object.entries(MOMENTS)) {
  for (const command of ["/model opus", "/effort high", "/mode plan", "/persona planner"]) {
    Deno.test(`settings: ${command} with ${moment} says when it holds`, async () => {
      await using chat = await inLab();
      if (moment === "starting") chat.claude.starting.add("lab");
      await chat.write(command);
      assertEquals(chat.lastSaid.split("\n").slice(1).join("\n"), words);
      const asked = chat.claude.asked.filter((each) => each !== "outdate lab");
      assertEquals(asked, moment === "starting" ? ["restart lab"] : []);
    });
  }
}
