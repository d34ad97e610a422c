/** What somebody writes into the views of a session has no effect until the chat has said yes to it. */
import { assert, assertEquals } from "@std/assert";
import { type Edit, isUsable } from "../../lib/sessions/mod.ts";
import { type Home, makeHome, readJson } from "./fixture.ts";

const view = (home: Home, name: "metadata" | "persona") => home.path(`sessions/lab/${name}.json`);

async function rewrite(
  home: Home,
  name: "metadata" | "persona",
  change: (old: Record<string, unknown>) => unknown,
): Promise<void> {
  await Deno.writeTextFile(
    view(home, name),
    JSON.stringify(change(await readJson(view(home, name)))),
  );
}

/** A home with a session and a persona that may do much. */
async function aHome(): Promise<Home> {
  const home = await makeHome();
  await Deno.mkdir(home.path("personas"));
  const settings = { permission_mode: "acceptEdits", allowed_tools: ["Bash(uptime)"] };
  const ops = { name: "Ops", system_prompt: "Operate.", settings };
  await Deno.writeTextFile(home.path("personas/ops.json"), JSON.stringify(ops));
  await home.manager.create("lab");
  return home;
}

/** Makes the offer of an edit, as the chat would. */
function offered(home: Home, edit: Edit | null) {
  assert(edit !== null);
  const { offers } = home.journal.sessions;
  return offers.get(offers.add("lab", JSON.stringify(edit), 1))!;
}

const stateOf = async (home: Home) => ({
  ...await home.manager.get("lab"),
  granted: await home.manager.persona("lab"),
});

const speak = (old: Record<string, unknown>) => ({ ...old, system_prompt: "Speak like a pirate." });

const EDITS: [string, (home: Home) => Promise<void>, Partial<Record<string, unknown>>][] = [
  [
    "a wider mode",
    (home) => rewrite(home, "metadata", (old) => ({ ...old, permission_mode: "auto" })),
    { permission_mode: "auto" },
  ],
  [
    "another persona",
    (home) => rewrite(home, "metadata", (old) => ({ ...old, persona: "ops" })),
    { persona: "ops" },
  ],
  [
    "another model and idle time",
    (home) => rewrite(home, "metadata", (old) => ({ ...old, model: "opus", idle_timeout: 60 })),
    { model: "opus", idle_timeout: 60 },
  ],
  ["another prompt", (home) => rewrite(home, "persona", speak), {}],
];

for (const [what, edit, taken] of EDITS) {
  Deno.test(`edits: ${what} has no effect, and is taken as it was shown`, async () => {
    await using home = await aHome();
    const before = await stateOf(home);
    await edit(home);
    await home.manager.reconcile(new Map());
    await home.manager.touch("lab");
    const found = await home.manager.look("lab");
    const { last_active: _, ...same } = await stateOf(home);
    assertEquals({ ...same, last_active: before.last_active }, before);
    assertEquals((await home.manager.look("lab"))?.seen, found?.seen);
    const after = await home.manager.decide(offered(home, found), true);
    assertEquals({ ...after, ...taken }, { ...after });
    if (what === "another prompt") {
      assertEquals((await home.manager.persona("lab")).system_prompt, "Speak like a pirate.");
    }
    if (what === "another persona") {
      assertEquals(await home.manager.persona("lab"), await home.manager.loadPersona("ops"));
    }
    assertEquals(await home.manager.look("lab"), null);
    assertEquals(await readJson(view(home, "metadata")), { ...await home.manager.get("lab") });
    assertEquals(await readJson(view(home, "persona")), { ...await home.manager.persona("lab") });
  });

  Deno.test(`edits: ${what} is undone in the file when the old one is kept, and asked once`, async () => {
    await using home = await aHome();
    const before = await stateOf(home);
    const files = async () => [
      (await readJson(view(home, "metadata")))["permission_mode"],
      await readJson(view(home, "persona")),
    ];
    const shown = await files();
    await edit(home);
    const offer = offered(home, await home.manager.look("lab"));
    await home.manager.decide(offer, false);
    assertEquals(await stateOf(home), before);
    assertEquals(await files(), shown);
    assertEquals(await home.manager.look("lab"), null);
    assertEquals(await home.manager.decide(offer, true), null); // A second tap.
    assertEquals(await stateOf(home), before);
  });

  Deno.test(`edits: ${what} is not asked again when a crash comes before the file shows the answer`, async () => {
    await using home = await aHome();
    await edit(home);
    const offer = offered(home, await home.manager.look("lab"));
    home.journal.sessions.decide(offer.id, "kept", (JSON.parse(offer.edit) as Edit).seen);
    assertEquals(await home.manager.look("lab"), null);
    assertEquals(await readJson(view(home, "metadata")), { ...await home.manager.get("lab") });
    assertEquals(await readJson(view(home, "persona")), { ...await home.manager.persona("lab") });
  });
}

Deno.test("edits: what the library does not grant is left out, and said", async () => {
  await using home = await aHome();
  const settings = { permission_mode: "acceptEdits", allowed_tools: ["Bash"], add_dirs: ["/etc"] };
  await rewrite(home, "persona", (old) => ({ ...old, settings }));
  const edit = await home.manager.look("lab");
  assertEquals([edit && isUsable(edit), edit?.persona], [false, null]);
  assertEquals(edit?.refused, [
    "permission_mode acceptEdits",
    "allowed_tools Bash",
    "add_dirs /etc",
  ]);
  await rewrite(home, "persona", speak);
  const more = await home.manager.look("lab");
  await home.manager.decide(offered(home, more), true);
  const { system_prompt: prompt, settings: granted } = await home.manager.persona("lab");
  assertEquals([prompt, granted.permission_mode, granted.allowed_tools, granted.add_dirs], [
    "Speak like a pirate.",
    "default",
    [],
    [],
  ]);
});

Deno.test("edits: a persona may be given the rights that its own in the library has, no others", async () => {
  await using home = await aHome();
  await rewrite(home, "metadata", (old) => ({ ...old, persona: "ops" }));
  const settings = { permission_mode: "acceptEdits", allowed_tools: ["Bash(uptime)", "Bash"] };
  await rewrite(home, "persona", (old) => ({ ...old, settings }));
  const edit = await home.manager.look("lab");
  assertEquals(edit?.refused, ["allowed_tools Bash"]);
  assertEquals(edit?.persona?.after.settings.allowed_tools, ["Bash(uptime)"]);
});

const PROBLEMS: [string, (file: string) => Promise<void>, RegExp][] = [
  ["cut off", (file) => Deno.writeTextFile(file, "{"), /not JSON/],
  ["without a prompt", (file) => Deno.writeTextFile(file, '{"name": "A"}'), /system_prompt/],
  ["huge", (file) => Deno.writeTextFile(file, " ".repeat(2_000_000)), /over 1\.0 MB/],
  ["a link", async (file) => {
    await Deno.remove(file);
    await Deno.symlink("/etc/passwd", file);
  }, /symbolic link/],
];

for (const [what, spoil, expected] of PROBLEMS) {
  Deno.test(`edits: a persona.json that is ${what} is told, and put back with a tap`, async () => {
    await using home = await aHome();
    const before = await home.manager.persona("lab");
    await spoil(view(home, "persona"));
    const edit = await home.manager.look("lab");
    assert(expected.test(edit?.problem ?? ""), `${edit?.problem}`);
    assertEquals(edit && isUsable(edit), false);
    await home.manager.reconcile(new Map());
    assertEquals(await home.manager.persona("lab"), before);
    await home.manager.decide(offered(home, edit), false);
    assertEquals(await readJson(view(home, "persona")), { ...before });
    assert((await Deno.lstat(view(home, "persona"))).isFile);
    assertEquals(await home.manager.look("lab"), null);
  });
}

Deno.test("edits: bypass is offered only where the settings allow it, nonsense never", async () => {
  await using home = await aHome();
  for (const permission_mode of ["bypassPermissions", "yolo"]) {
    await rewrite(home, "metadata", (old) => ({ ...old, permission_mode }));
    assertEquals(await home.manager.look("lab"), null);
    assertEquals((await readJson(view(home, "metadata")))["permission_mode"], null);
  }
});

Deno.test("edits: what was not written yet when the program died is no edit", async () => {
  await using home = await aHome();
  const { sessions } = home.journal;
  const planner = JSON.stringify(await home.manager.loadPersona("planner"));
  sessions.change("lab", { permission_mode: "acceptEdits", model: "opus" }); // The views are older.
  sessions.grant("lab", "planner", planner);
  await home.manager.reconcile(new Map());
  assertEquals(await home.manager.look("lab"), null);
  assertEquals((await readJson(view(home, "metadata")))["permission_mode"], "acceptEdits");
  assertEquals((await readJson(view(home, "persona")))["name"], "Planner");
});

Deno.test("edits: another layout is no edit, and another persona decides what was offered", async () => {
  await using home = await aHome();
  await rewrite(home, "persona", (old) => old);
  await rewrite(home, "metadata", (old) => old);
  assertEquals(await home.manager.look("lab"), null);
  await rewrite(home, "persona", speak);
  const offer = offered(home, await home.manager.look("lab"));
  await home.manager.changePersona("lab", "planner");
  assertEquals(home.journal.sessions.offers.get(offer.id)?.state, "old");
  assertEquals(await home.manager.decide(offer, true), null);
  assertEquals((await readJson(view(home, "persona")))["name"], "Planner");
});

Deno.test("edits: one that is taken back by its author is offered no longer", async () => {
  await using home = await aHome();
  const text = await Deno.readTextFile(view(home, "persona"));
  await rewrite(home, "persona", speak);
  const { id } = offered(home, await home.manager.look("lab"));
  await Deno.writeTextFile(view(home, "persona"), text);
  assertEquals(await home.manager.look("lab"), null);
  assertEquals(home.journal.sessions.offers.get(id)?.state, "old");
});
