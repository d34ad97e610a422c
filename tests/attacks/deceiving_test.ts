/** Characters that deceive, wherever others' text is shown: none of them reaches Telegram as it is. */
import { join } from "@std/path";
import { SECRET, startPbs, startPve } from "../homelab/proxmox/stage.ts";
import { recording, startHomelab } from "../sim/homelab/homelab.ts";
import { ADA, ALL, Arena, SESSION, write } from "./arena.ts";
import { judged } from "./open.ts";
import { makeRepository, plantAll, shell, strangersArchive } from "./planting.ts";
import type { Plant } from "./plants.ts";

const codes = (from: number, to = from) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Turners of direction, what has no width, fillers, tags, controls: each behind a letter of its own. */
const DECEIVERS: readonly number[] = [
  ...codes(0x202a, 0x202e),
  ...codes(0x2066, 0x2069),
  ...codes(0x200b, 0x200f),
  ...codes(0x2060, 0x2064),
  ...codes(0x206a, 0x206f),
  ...[0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x2028, 0x2029, 0x2800, 0x3164],
  ...[0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0x1d173, 0xe0001, 0xe0041, 0xe007f],
  ...[0xe0100, 0xe01ef, 0x08, 0x1b, 0x7f, 0x85, 0x9b],
];

/** Text of a stranger's that names the place it is meant for. */
const evil = (place: string) =>
  `P_${place}_` + DECEIVERS.map((code) => `x${String.fromCodePoint(code)}`).join("") + "x";

/** The same without controls, which the CLI takes in no command. */
const evilCommand = (place: string) => evil(place).replaceAll(/\p{Cc}/gu, "");

/** The same where it has to be short, or one path component. */
const evilName = (place: string) => `P_${place}_x\u202ex\u200bx\u2066x\u00adx\u3164x`;

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const DECEIVER = new RegExp(
  `x([${DECEIVERS.map((code) => `\\u{${code.toString(16)}}`).join("")}])`,
  "gu",
);

/** The places whose characters came to Telegram as they are, by the text around them. */
function leaks(arena: Arena, isOwnAnswer: (text: string) => boolean): string[] {
  const found = new Set<string>();
  const look = (where: string, text: string) => {
    if (isOwnAnswer(text)) return;
    for (const match of text.matchAll(DECEIVER)) {
      const before = text.slice(0, match.index);
      const place = before.match(/P_\w+_(?=x|$)/g)?.at(-1)?.slice(2, -1);
      found.add(`${place ?? `somewhere: ${before.slice(-40)}`} (${where})`);
    }
  };
  for (const { method, payload } of arena.bench.api.calls) {
    if (method === "getUpdates") continue;
    for (const text of textsOf(payload)) look(method, text);
  }
  for (const message of arena.bench.api.history(ADA)) {
    if (message.by_bot) look("document", arena.document(message));
  }
  return [...found].sort();
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

/** What Claude asks and does, with a stranger's words in every field. */
function tools(arena: Arena) {
  const option = (n: number) => ({
    label: `${n}${evil("label")}`,
    description: evil("description_of_option"),
  });
  return [
    {
      name: "Bash",
      input: { command: `touch '${evilCommand("command")}'`, description: evil("about") },
    },
    {
      name: "Bash",
      input: { command: `cat ../'${evilCommand("further_command")}'`, description: "x" },
    },
    {
      name: "Write",
      input: { file_path: join(arena.cwd, evil("path")), content: evil("content") },
    },
    {
      name: "Edit",
      input: {
        file_path: join(arena.cwd, "edited.txt"),
        old_string: evil("old_text"),
        new_string: evil("new_text"),
      },
    },
    { name: "Read", input: { file_path: join(arena.outside, evil("read_path")) } },
    { name: "Bash", input: { command: "cat edited.txt", description: evil("about_a_step") } },
    { name: "Grep", input: { pattern: evil("pattern"), path: arena.cwd } },
    {
      name: "WebFetch",
      input: { url: `https://example.org/${evil("url")}`, prompt: evil("fetch") },
    },
    { name: "mcp__owner__act", input: { [evil("key")]: evil("value") } },
    { name: evil("tool"), input: { a: 1 } },
    {
      name: "Agent",
      input: {
        description: evil("agent"),
        prompt: "SAY:hello",
        subagent_type: "general-purpose",
        run_in_background: false,
      },
    },
    { name: "TodoWrite", input: { todos: [todo("in_progress")] } },
    {
      name: "AskUserQuestion",
      input: {
        questions: [{
          question: evil("question"),
          header: evil("header"),
          multiSelect: false,
          options: [option(1), option(2)],
        }],
      },
    },
    { name: "ExitPlanMode", input: { plan: evil("plan") } },
  ];
}

const todo = (status: string) => ({
  content: evil("todo"),
  status,
  activeForm: evil("todo_form"),
});

/** Presses the first button of what Claude asks beside permissions, so that its turn goes on. */
function answerQuestions(arena: Arena): () => void {
  const { api } = arena.bench;
  const pressed = new Set<number>();
  const timer = setInterval(() => {
    for (const message of api.messages(ADA)) {
      const buttons = (message.reply_markup?.inline_keyboard ?? []).flat();
      const isAsked = /P_(question|plan)_/.test(message.text) &&
        !buttons.some(({ text }) => text === "Deny");
      if (!message.by_bot || pressed.has(message.message_id) || !isAsked) continue;
      const button = buttons.find(({ text }) => text.startsWith("1") || text === "Start");
      if (button === undefined || !("callback_data" in button)) continue;
      pressed.add(message.message_id);
      api.press({ from: ADA, messageId: message.message_id, data: button.callback_data });
    }
  }, 50);
  return () => clearInterval(timer);
}

Deno.test("attacks: no character that deceives comes through what Claude asks and does", async (t) => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await write(join(arena.cwd, "edited.txt"), `${evil("old_text")}\n${evil("content_of_file")}`);
  const stop = answerQuestions(arena);
  try {
    for (const output of ALL ? ["/normal", "/verbose", "/smart"] : ["/verbose"]) {
      await t.step(output, async () => {
        await arena.call(output);
        for (const tool of tools(arena)) {
          arena.messages.push({ thinking: evil("thinking"), tools: [tool] });
          await arena.turn("TOOL:bash:echo instead");
        }
        arena.messages.push({ tools: tools(arena).slice(0, 2) });
        await arena.turn("TOOL:bash:echo instead");
        arena.bench.say(`ERR:400:${evil("error_of_the_api")}`);
        await arena.turn();
      });
    }
  } finally {
    stop();
  }
  judged("deceiving, Claude", leaks(arena, (text) => text.startsWith("the end of turn")));
});

Deno.test("attacks: no character that deceives comes through the homelab", async () => {
  const changed = (path: string, ...changes: [string | RegExp, string][]) =>
    changes.reduce(
      (text, [from, to]) => text.replaceAll(from, inJson(to)),
      recording(path),
    );
  await using pve = startPve({
    "/cluster/resources": changed(
      "pve/cluster-resources.json",
      [/(?<="name":\s*")[^"]+/g, evil("guest")],
      [/(?<="storage":\s*")[^"]+/g, evil("storage")],
    ),
  });
  await using pbs = startPbs({
    "/nodes/localhost/tasks": changed(
      "pbs/nodes-localhost-tasks.json",
      [/(?<="status":\s*")(?!OK)[^"]+/g, evil("task_status")],
      [/(?<="worker_id":\s*")[^"]+/g, evil("worker")],
    ),
    "/admin/gc": { json: { data: null, message: evil("gc") } },
  });
  await using beszel = startHomelab({
    routes: {
      "/api/collections/users/auth-with-password": { json: { token: "a.b.c" } },
      "/api/collections/systems/records": changed(
        "beszel/systems-records.json",
        [/(?<="name":\s*")[^"]+/g, evil("system")],
      ),
      "/api/collections/alerts/records": recording("beszel/alerts-records.json"),
    },
  });
  await using kuma = startHomelab({
    routes: {
      "/metrics": recording("kuma-2.5.3/metrics.txt")
        .replaceAll("Nextcloud", evil("monitor").replaceAll(/[\n\r\u0085\u2028\u2029]/g, "")),
    },
  });
  await using broken = startHomelab({ routes: {} });
  broken.misbehave("/", { kind: "status", status: 500, text: evil("error_of_a_service") });
  const homelab = {
    pbs: { url: pbs.url, token_file: "pbs-token" },
    pve: { url: pve.url, token_file: "pve-token" },
    beszel: { url: beszel.url, email: "bot@lan", password_file: "password" },
    kuma: { url: kuma.url, api_key_file: "password" },
  };
  const commands = ["/pbs", "/backups", "/pve", "/beszel", "/kuma", "/status"];
  await using arena = await Arena.make({ settings: { homelab } });
  await write(join(arena.home, "pbs-token"), `bot@pbs!telegram:${SECRET}`);
  await write(join(arena.home, "pve-token"), `bot@pve!telegram=${SECRET}`);
  await write(join(arena.home, "password"), "secret");
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  for (const command of commands) await arena.call(command);
  for (const sim of [pve, pbs, beszel, kuma]) {
    sim.misbehave("/", { kind: "status", status: 500, text: evil("error_of_a_service") });
  }
  for (const command of commands) await arena.call(command);
  judged("deceiving, homelab", leaks(arena, () => false));
});

/** Configuration of a directory's own, all of whose words deceive. */
const DECEIVING: Plant = {
  name: "words that deceive",
  files: (arena) => ({
    ".claude/skills/one/SKILL.md": `---\nname: one\ndescription: ${evilName("skill")}\n---\n${
      evil("skill_body")
    }`,
    [`.claude/commands/${evilName("command_file")}.md`]: evil("command_body"),
    [`.claude/agents/${evilName("agent_file")}.md`]: `---\nname: a\ndescription: ${
      evilName("agent_words")
    }\n---\n${evil("agent_body")}`,
    ".mcp.json": JSON.stringify({
      mcpServers: {
        [evil("server")]: { type: "stdio", command: evil("server_command"), args: [evil("arg")] },
      },
    }),
    "CLAUDE.md": evil("memory"),
    [evilName("file")]: arena.cwd,
  }),
  settings: () => ({
    hooks: {
      Stop: [{
        matcher: evil("matcher"),
        hooks: [{ type: "command", command: `: ${evil("hook")}` }],
      }],
    },
    permissions: { allow: [`Bash(${evil("rule")})`], additionalDirectories: [evil("directory")] },
    env: { [`A${evilName("variable")}`]: evil("value_of_variable") },
    [evil("key_of_settings")]: evil("value_of_settings"),
  }),
  worked: () => false,
};

Deno.test("attacks: no character that deceives comes through a directory or an archive", async () => {
  await using arena = await Arena.make();
  const directory = join(arena.outside, "session");
  await plantAll(arena, [DECEIVING], directory);
  await makeRepository(join(arena.outside, "repository"));
  await shell(directory, `git config alias.x '!${evilName("alias")}'`);
  await shell(directory, `git config core.fsmonitor '${evilName("monitor")}'`);
  const persona = {
    name: evilName("persona"),
    description: evilName("persona_words"),
    system_prompt: evil("persona_prompt"),
  };
  const metadata = { persona: "other", model: evil("model"), output: evil("output") };
  const file = `${evilName("archive")}.tar.gz`;
  await strangersArchive(arena, directory, { name: SESSION, file, persona, metadata });
  await arena.bench.start();
  await arena.call("/archives");
  await arena.call(`/restore ${file}`);
  await arena.call(`/session ${SESSION}`);
  await arena.turn("TOOL:bash:git status");
  for (
    const command of ["/trust", "/persona", "/model", "/mode", "/sessions", "/commands", "/allowed"]
  ) {
    await arena.call(command);
  }
  await plantAll(arena, [DECEIVING], arena.cwd, { git: false });
  await arena.turn();
  await arena.call("/trust");
  await arena.call(`/archive ${SESSION}`);
  judged("deceiving, content", leaks(arena, (text) => text.startsWith("the end of turn")));
});
