/** Edits of metadata.json and persona.json by a turn that may edit: views of the truth, not the truth. */
import { join } from "@std/path";
import { ADA, Arena, buttons, sample, SESSION } from "./arena.ts";
import { judged } from "./open.ts";
import { strangersArchive } from "./planting.ts";

/** A persona of the owner's that may do everything unasked; the attacked session has another. */
const OPS = {
  name: "Ops",
  system_prompt: "MARK-OF-OPS",
  settings: { permission_mode: "bypassPermissions", allowed_tools: ["Bash", "Write", "Read"] },
};

const PERSONA = {
  name: "Default",
  system_prompt: "MARK-OF-THE-EDITED-PERSONA",
  settings: {
    permission_mode: "bypassPermissions",
    allowed_tools: ["Bash", "Read", "Write"],
    add_dirs: ["/"],
    model: "claude-mark-of-the-edited-model",
  },
};

interface Edit {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly persona?: object;
}

const EDITS: readonly Edit[] = [
  { name: "the persona of another name", metadata: { persona: "ops" }, persona: OPS },
  { name: "the mode auto", metadata: { permission_mode: "auto" } },
  { name: "the mode bypassPermissions", metadata: { permission_mode: "bypassPermissions" } },
  { name: "the persona's own file", persona: PERSONA },
  {
    name: "everything at once",
    metadata: { persona: "ops", permission_mode: "bypassPermissions", model: "claude-mark-model" },
    persona: { ...OPS, ...PERSONA },
  },
];

const SETTINGS = {
  settings: { claude: { allow_bypass: true } },
  claudeEnv: { IS_SANDBOX: "1" },
  personas: { ops: OPS },
} as const;

/** Edits that Claude makes; whether it is asked about them is not the matter. */
async function edit(arena: Arena, { metadata, persona }: Edit): Promise<void> {
  const path = (name: string) => join(arena.cwd, name);
  const before = JSON.parse(await Deno.readTextFile(path("metadata.json")));
  const writes: [string, object][] = [];
  if (metadata) writes.push([path("metadata.json"), { ...before, ...metadata }]);
  if (persona) writes.push([path("persona.json"), persona]);
  for (const [file, value] of writes) {
    const input = JSON.stringify({ file_path: file, content: JSON.stringify(value, null, 2) });
    await arena.turn(`TOOL:read:${file}`, `TOOL:json:Write:${input}`);
  }
}

/**
 * What of an edit has an effect on the process that starts next. A session that the journal does not
 * know may name a persona of the library: it gets its words, and none of its rights.
 */
async function effectsOf(arena: Arena, isKnown = true): Promise<string[]> {
  arena.forget();
  const asked = await arena.turn(
    `TOOL:bash:${arena.touch("outside-the-session")}`,
    `TOOL:read:${join(arena.outside, "secret.txt")}`,
  );
  const calls = arena.messages.requests.filter(({ path }) => path === "/v1/messages");
  const system = JSON.stringify(calls.map(({ body }) => [body?.system, body?.model]));
  const found: [boolean, string][] = [
    [arena.ran("outside-the-session"), "a command ran outside the session"],
    [arena.sent().includes("MARK-OF-AN-OUTSIDE-FILE"), "a file outside was read"],
    [asked.length < 2, "not everything was asked about"],
    [/MARK-OF-THE-EDITED-PERSONA/.test(system), "another prompt was used"],
    [isKnown && /MARK-OF-OPS/.test(system), "another prompt was used"],
    [/claude-mark/.test(system), "another model was used"],
  ];
  return found.flatMap(([is, what]) => is ? [what] : []);
}

/** Whether the chat was told, with a choice. */
const offered = (arena: Arena) =>
  arena.bench.api.messages(ADA).some((message) =>
    buttons(message).some((label) => /^(Use|Keep) the (new|old) one$/.test(label))
  );

Deno.test("attacks: what a turn edits in its session's files has no effect after a restart", async (t) => {
  for (const each of sample(EDITS, 4)) {
    await t.step(each.name, async () => {
      await using arena = await Arena.make(SETTINGS);
      await arena.bench.start();
      await arena.call(`/new ${SESSION}`);
      await arena.call("/mode acceptEdits");
      await edit(arena, each);
      await arena.restart();
      const effects = await effectsOf(arena);
      if (each.persona !== undefined && !offered(arena)) effects.push("nothing was offered");
      judged(`edited, ${each.name}`, effects);
    });
  }
});

/** Where the journal lies, with what SQLite keeps beside it. */
async function damageJournal({ home }: Arena): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) {
    const path = join(home, `state/journal.db${suffix}`);
    await Deno.writeTextFile(path, "This is no database. ".repeat(400));
  }
}

Deno.test("attacks: a damaged journal gives no right that the chat did not", async () => {
  await using arena = await Arena.make(SETTINGS);
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await arena.call("/mode acceptEdits");
  await edit(arena, EDITS.at(-1)!);
  await arena.bench.end("SIGKILL");
  await damageJournal(arena);
  await arena.bench.start();
  await arena.call(`/session ${SESSION}`);
  judged("a damaged journal", await effectsOf(arena, false));
});

Deno.test("attacks: /repair gives no right that the chat did not", async () => {
  await using arena = await Arena.make(SETTINGS);
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await arena.call("/mode acceptEdits");
  const planted = EDITS.at(-1)!;
  await edit(arena, { ...planted, metadata: { ...planted.metadata, idle_timeout: "never" } });
  await arena.bench.end("SIGKILL");
  await damageJournal(arena);
  await arena.bench.start();
  await arena.call(`/repair ${SESSION}`);
  await arena.call(`/session ${SESSION}`);
  judged("a repair", await effectsOf(arena, false));
});

Deno.test("attacks: a restored archive gives no right that the chat did not", async () => {
  await using arena = await Arena.make(SETTINGS);
  const directory = join(arena.outside, "session");
  await Deno.mkdir(directory);
  const { metadata = {}, persona = {} } = EDITS.at(-1)!;
  const file = "found.tar.gz";
  await strangersArchive(arena, directory, { name: SESSION, file, metadata, persona });
  await arena.bench.start();
  await arena.call(`/restore ${file}`);
  await arena.call(`/session ${SESSION}`);
  judged("a restore", await effectsOf(arena, false));
});
