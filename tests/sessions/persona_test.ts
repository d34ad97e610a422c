import { assert, assertEquals, assertRejects } from "@std/assert";
import { PersonaInvalidError, PersonaNotFoundError } from "../../lib/sessions/mod.ts";
import { type Home, makeHome } from "./fixture.ts";

async function addPersona(home: Home, id: string, content: unknown): Promise<void> {
  await Deno.mkdir(home.path("personas"), { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await Deno.writeTextFile(home.path("personas", `${id}.json`), text);
}

const builtin: [string, string, number, string | null][] = [
  ["default", "Default", 25, null],
  ["homelab", "Homelab", 25, null],
  ["brainstorm", "Brainstorm", 50, "sonnet"],
  ["planner", "Planner", 30, null],
  ["research", "Research", 30, null],
];

for (const [id, name, turns, model] of builtin) {
  Deno.test(`personas: ${id} comes with the program`, async () => {
    await using home = await makeHome();
    const persona = await home.manager.loadPersona(id);
    const { settings } = persona;
    assertEquals([persona.name, settings.max_turns, settings.model], [name, turns, model]);
    assertEquals(settings.permission_mode, "default");
    assert(persona.description.length > 20);
    const words = persona.system_prompt.split(/\s+/).length;
    assert(words >= 150 && words <= 350, `${words} words`);
    for (const word of ["phone", "Telegram", "files/"]) {
      assert(persona.system_prompt.includes(word));
    }
  });
}

Deno.test("personas: the list has the built-in ones, and no prompt is like another", async () => {
  await using home = await makeHome();
  const { personas, broken } = await home.manager.personas();
  assertEquals(personas.map(({ id }) => id), builtin.map(([id]) => id).sort());
  assertEquals(broken, []);
  const prompts = await Promise.all(personas.map(({ id }) => home.manager.loadPersona(id)));
  assertEquals(new Set(prompts.map(({ system_prompt }) => system_prompt.slice(0, 50))).size, 5);
});

Deno.test("personas: the owner's win over the built-in ones, and get the defaults they leave out", async () => {
  await using home = await makeHome();
  await addPersona(home, "planner", { name: "My planner", system_prompt: "Plan." });
  await addPersona(home, "cook", {
    name: "Cook",
    system_prompt: "Cook.",
    settings: { effort: "low" },
  });
  assertEquals(await home.manager.loadPersona("cook"), {
    name: "Cook",
    description: "",
    system_prompt: "Cook.",
    settings: {
      model: null,
      max_turns: 25,
      permission_mode: "default",
      allowed_tools: [],
      add_dirs: [],
      effort: "low",
    },
  });
  assertEquals((await home.manager.loadPersona("planner")).name, "My planner");
  const { personas } = await home.manager.personas();
  const told = personas.map(({ id, name }) => `${id}: ${name}`);
  const owners = ["cook: Cook", "planner: My planner"];
  assertEquals(told.filter((line) => owners.includes(line)), owners);
  assertEquals(personas.length, 6);
});

const wrong: [string, unknown, string[]][] = [
  ["not JSON", "{", ["not JSON"]],
  ["a list", [], ["the whole file"]],
  ["empty", {}, ["name:", "system_prompt:"]],
  ["of wrong types", {
    name: 1,
    system_prompt: " ",
    settings: { max_turns: 0, allowed_tools: ["", 2] },
  }, [
    "name:",
    "system_prompt:",
    "settings.max_turns:",
    "settings.allowed_tools.0:",
    "settings.allowed_tools.1:",
  ]],
  ["with a dated model", {
    name: "A",
    system_prompt: "B",
    settings: { model: "claude-sonnet-4-20250514" },
  }, [
    "settings.model: use an alias",
  ]],
  ["with a field misspelt", { name: "A", system_prompt: "B", settings: { max_turn: 5 } }, [
    "max_turn",
  ]],
  ["with a mode nobody knows", {
    name: "A",
    system_prompt: "B",
    settings: { permission_mode: "yolo" },
  }, [
    "settings.permission_mode:",
  ]],
];

for (const [what, content, expected] of wrong) {
  Deno.test(`personas: one that is ${what} is told field by field, and hides no other`, async () => {
    await using home = await makeHome();
    await addPersona(home, "default", content);
    const load = () => home.manager.loadPersona("default");
    const error = await assertRejects(load, PersonaInvalidError, "personas/default.json");
    for (const part of expected) assert(error.problems.join("\n").includes(part), error.message);
    await assertRejects(() => home.manager.create("x"), PersonaInvalidError);
    const { personas, broken } = await home.manager.personas();
    assertEquals([personas.length, broken.map(({ id }) => id)], [4, ["default"]]);
    assertEquals((await home.manager.list()).sessions, []);
  });
}

Deno.test("personas: a link is not followed", async () => {
  await using home = await makeHome();
  await addPersona(home, "real", { name: "A", system_prompt: "B" });
  await Deno.symlink("real.json", home.path("personas/link.json"));
  await assertRejects(() => home.manager.loadPersona("link"), PersonaInvalidError, "symbolic link");
});

Deno.test("personas: an id that is no name is not looked for", async () => {
  await using home = await makeHome();
  await Deno.writeTextFile(home.path("x.json"), '{"name": "A", "system_prompt": "B"}');
  for (const id of ["../x", "", ".", "a/b", "default.json", "Default", "\0"]) {
    await assertRejects(() => home.manager.loadPersona(id), PersonaNotFoundError, "brainstorm");
  }
});

Deno.test("personas: a session keeps its copy when the template changes", async () => {
  await using home = await makeHome();
  await addPersona(home, "cook", { name: "Cook", system_prompt: "Cook." });
  await home.manager.create("kitchen", "cook");
  await addPersona(home, "cook", { name: "Chef", system_prompt: "Cook better." });
  assertEquals((await home.manager.persona("kitchen")).system_prompt, "Cook.");
});

Deno.test("personas: what becomes of the file changes nothing of the session's persona", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const before = await home.manager.persona("a");
  const copy = home.path("sessions/a/persona.json");
  await Deno.writeTextFile(copy, "{}");
  assertEquals(await home.manager.persona("a"), before);
  await Deno.remove(copy);
  assertEquals(await home.manager.persona("a"), before);
  await Deno.symlink("/etc/passwd", copy);
  assertEquals(await home.manager.persona("a"), before);
});
