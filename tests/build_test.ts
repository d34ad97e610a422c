import { assertEquals } from "@std/assert";
import { permissionModeOf } from "../lib/build.ts";

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
  Deno.test(`build: the permission mode of ${given} is ${mode}`, () =>
    assertEquals(permissionModeOf(session, persona, { permissionMode, allowBypass }), mode));
}
