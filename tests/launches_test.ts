import { assertEquals } from "@std/assert";
import { grantsOf, permissionModeOf } from "../lib/launches.ts";
import type { Persona } from "../lib/sessions/mod.ts";

type Case = [
  session: string | null,
  persona: string,
  settings: string,
  bypass: boolean,
  mode: string,
];

const CASES: Case[] = [
  [null, "default", "default", false, "default"],
  [null, "default", "acceptEdits", false, "acceptEdits"],
  [null, "plan", "acceptEdits", false, "plan"],
  ["dontAsk", "plan", "default", false, "dontAsk"],
  ["bypassPermissions", "default", "default", true, "bypassPermissions"],
  ["bypassPermissions", "default", "default", false, "default"],
  [null, "bypassPermissions", "acceptEdits", false, "acceptEdits"],
];

for (const [session, persona, permissionMode, allowBypass, mode] of CASES) {
  const given = JSON.stringify({ session, persona, permissionMode, allowBypass });
  Deno.test(`launches: the permission mode of ${given} is ${mode}`, () =>
    assertEquals(permissionModeOf(session, persona, { permissionMode, allowBypass }), mode));
}

const persona = (settings: Partial<Persona["settings"]>): Persona => ({
  name: "Ops",
  description: "",
  system_prompt: "Work.",
  settings: {
    model: null,
    max_turns: 25,
    permission_mode: "default",
    allowed_tools: [],
    add_dirs: [],
    effort: null,
    ...settings,
  },
});

Deno.test("launches: a copy of a persona grants nothing that the library's persona does not", async () => {
  const library = { loadPersona: () => Promise.resolve(persona({ allowed_tools: ["Read"] })) };
  const copy = persona({
    permission_mode: "acceptEdits",
    allowed_tools: ["Read", "Bash"],
    add_dirs: ["/etc"],
  });
  const grants = await grantsOf(copy, "ops", library);
  assertEquals(grants, { mode: "default", tools: ["Read"], dirs: [] });
  const gone = { loadPersona: () => Promise.reject(new Error("There is no persona 'ops'")) };
  assertEquals(await grantsOf(copy, "ops", gone), { mode: "default", tools: [], dirs: [] });
});
