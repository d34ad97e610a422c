import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MetadataError, repairMetadata } from "../../lib/sessions/mod.ts";
import { type Home, makeHome } from "./fixture.ts";

const NOW = new Date("2026-11-21T02:47:10.500Z");
const FIRST = "11111111-1111-4111-8111-111111111111";
const SECOND = "22222222-2222-4222-8222-222222222222";
const THIRD = "33333333-3333-4333-8333-333333333333";

/** A session with a history; its metadata is what `damage` makes of it. */
async function damaged(home: Home, damage: (text: string) => string): Promise<string> {
  await home.manager.create("den", "planner");
  for (const id of [FIRST, SECOND]) await home.manager.update("den", { claude_session_id: id });
  await home.manager.update("den", { model: "opus", output: "verbose" });
  const file = home.path("sessions/den/metadata.json");
  home.journal.sessions.remove("den"); // The journal was damaged too.
  const text = damage(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, text);
  return text;
}

const repair = (home: Home, noted: string | null = null) =>
  repairMetadata(home.path("sessions/den"), "den", NOW, noted);

const DAMAGES: readonly (readonly [string, (text: string) => string])[] = [
  ["cut in half", (text) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["of the wrong type", () => "[1, 2]"],
  ["garbage", () => "\u0000\u0001{{{"],
  ["with a wrong value", (text) => text.replace(`"opus"`, "7")],
  ["of another session", (text) => text.replace(`"den"`, `"cave"`)],
];

for (const [what, damage] of DAMAGES) {
  Deno.test(`repair: metadata that is ${what} is named with what to do, hides none, is mended`, async () => {
    await using home = await makeHome();
    const text = await damaged(home, damage);
    await home.manager.create("other");
    const { sessions, broken } = await home.manager.list();
    assertEquals(sessions.map(({ name }) => name), ["other"]);
    assertStringIncludes(broken[0]!.error.message, "metadata.json");
    assertStringIncludes(broken[0]!.error.message, "/repair den");
    const { kept } = await repair(home);
    assertEquals((await home.manager.get("den")).name, "den");
    assertEquals(await Deno.readTextFile(home.path("sessions/den", kept!)), text);
    assertEquals((await home.manager.list()).broken, []);
  });
}

Deno.test("repair: what can still be read is kept, the conversation above all", async () => {
  await using home = await makeHome();
  await damaged(home, (text) => text.slice(0, text.indexOf(`"output"`)));
  const { metadata, lost } = await repair(home);
  assertEquals(metadata.claude_session_id, SECOND);
  assertEquals(metadata.persona, "planner");
  assertEquals(lost, ["output", "model", "permission_mode", "effort"]);
  assertEquals([metadata.output, metadata.model], ["normal", null]);
});

Deno.test("repair: every conversation that is named anywhere belongs to the session still", async () => {
  await using home = await makeHome();
  await damaged(home, (text) => text.slice(0, -3));
  assertEquals((await repair(home)).metadata.claude_session_ids.toSorted(), [FIRST, SECOND]);
});

Deno.test("repair: a conversation's id that is lost is the last of those that the session had", async () => {
  await using home = await makeHome();
  await damaged(
    home,
    (text) => text.replace(/"claude_session_id": "[^"]*"/, `"claude_session_id": 7`),
  );
  const { metadata, lost } = await repair(home);
  assertEquals([metadata.claude_session_id, lost], [SECOND, []]);
});

Deno.test("repair: an id that is known from elsewhere counts more than the file's", async () => {
  for (const damage of [() => "", (text: string) => text.slice(0, -3)]) {
    await using home = await makeHome();
    await damaged(home, damage);
    const { metadata } = await repair(home, THIRD);
    assertEquals([metadata.claude_session_id, metadata.claude_session_ids.at(-1)], [THIRD, THIRD]);
  }
});

Deno.test("repair: where no conversation is found, nothing from before now is resumed", async () => {
  await using home = await makeHome();
  await damaged(home, (text) => text.replace(/"claude_session_id".*$/s, ""));
  const { metadata } = await repair(home);
  assertEquals([metadata.claude_session_id, metadata.created], [null, NOW.toISOString()]);
});

Deno.test("repair: a copied session leaves the conversations to its original", async () => {
  await using home = await makeHome();
  await damaged(home, (text) => text.replace(`"den"`, `"cave"`));
  const { metadata, original } = await repair(home);
  assertEquals([metadata.claude_session_id, metadata.claude_session_ids], [null, []]);
  assertEquals([original, metadata.model, metadata.persona], ["cave", "opus", "planner"]);
});

Deno.test("repair: metadata that is missing is made anew", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  home.journal.sessions.remove("den");
  await Deno.remove(home.path("sessions/den/metadata.json"));
  await assertRejects(() => home.manager.get("den"), MetadataError, "/repair den");
  assertEquals((await repair(home)).kept, null);
  assertEquals((await home.manager.get("den")).persona, "default");
});

Deno.test("repair: a current.json that is damaged is kept aside, and a switch makes a new one", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  await home.manager.switch("den", { chat: 1 });
  const file = home.path("state/current.json");
  for (const text of ["", "{", "[]", '{"1": 7}']) {
    await Deno.writeTextFile(file, text);
    assertEquals(await home.manager.active({ chat: 1 }), null);
    await home.manager.switch("den", { chat: 1 });
    assertEquals(await home.manager.active({ chat: 1 }), "den");
  }
  assertEquals(await Deno.readTextFile(`${file}.damaged`), "[]");
});
