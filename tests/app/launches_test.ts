import { assertEquals } from "@std/assert";
import { launchOf } from "../../lib/app/launches.ts";
import {
  grantsOf,
  permissionModeOf,
  type Persona,
  repairMetadata,
} from "../../lib/sessions/mod.ts";
import type { Settings } from "../../lib/settings/mod.ts";
import { aJob } from "../journal/fixture.ts";
import { type Home, makeHome } from "../sessions/fixture.ts";

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

/** The conversation that a session's next process gets, time after time; its last job was answered. */
async function launches(home: Home, session: string, times: number): Promise<unknown[]> {
  const { journal } = home;
  const job = journal.jobs.add(aJob({ session }), ANSWERED);
  journal.jobs.submit([job], "p", 1);
  journal.jobs.done([job], "answered", 2);
  const claude = { permission_mode: "default", model: null };
  const settings = { home: "/h", claude } as unknown as Settings;
  const found: unknown[] = [];
  while (found.length < times) {
    const launch = await launchOf(session, { settings, sessions: home.manager, journal, ...REST });
    found.push(launch.conversation);
  }
  return found;
}

Deno.test("launches: claude.max_turns counts whatever the persona says; else the persona's number does", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  for (const [max_turns, expected] of [[undefined, 25], [9, 9], [200, 200]] as const) {
    const claude = { permission_mode: "default", model: null, max_turns };
    const settings = { home: "/h", claude } as unknown as Settings;
    const { journal, manager: sessions } = home;
    const sources = { settings, sessions, journal, ...REST };
    assertEquals((await launchOf("den", sources)).maxTurns, expected);
  }
});

Deno.test("launches: what Claude notes unasked for the next conversation is denied", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  const claude = { permission_mode: "default", model: null };
  const settings = { home: "/h", claude } as unknown as Settings;
  const { journal, manager: sessions } = home;
  const { permissions } = await launchOf("den", { settings, sessions, journal, ...REST });
  assertEquals(permissions.deny.filter((rule) => rule.startsWith("Edit(//c/")), [
    "Edit(//c/projects/*/memory/**)",
    "Edit(//c/agent-memory/**)",
  ]);
});

const HOUR_MS = 60 * 60 * 1000;
/** The session is made before, whichever clock says so. */
const ANSWERED = Math.max(Date.now(), Date.parse("2026-11-20T20:00:00Z")) + HOUR_MS;
const FRESH = "44444444-4444-4444-8444-444444444444";
const REST = {
  ...{ uuid: () => FRESH, configRoot: "/none", memoryExcludes: [], claudeConfigDir: "/c" },
  trust: { forProcess: () => Promise.resolve(null) },
};

Deno.test("launches: what a fresh conversation is founded with is never resumed", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  assertEquals(await launches(home, "den", 1), [{ id: FRESH, state: "new" }]);
});

Deno.test("launches: a session mended without its conversation begins a new one, time after time", async () => {
  await using home = await makeHome();
  await home.manager.create("den");
  const directory = home.path("sessions/den");
  home.journal.sessions.remove("den"); // The journal was damaged too.
  await Deno.writeTextFile(`${directory}/metadata.json`, "{");
  await repairMetadata(directory, "den", new Date(ANSWERED + HOUR_MS), null);
  const fresh = { id: FRESH, state: "new" };
  assertEquals(await launches(home, "den", 2), [fresh, fresh]);
});
