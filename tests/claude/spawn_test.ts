import { assert, assertEquals, assertThrows } from "@std/assert";
import { toText } from "@std/streams";
import { denoSpawn, signalChild } from "../../lib/claude/launch.ts";

/** Starts this Deno with a script. */
const spawn = (script: string, env: Record<string, string> = {}) =>
  denoSpawn([Deno.execPath(), "eval", script], { cwd: Deno.cwd(), env });

Deno.test("denoSpawn: the child has the given environment alone", async () => {
  Deno.env.set("SWITCHBOARD_TEST_SECRET", "hidden");
  try {
    const child = spawn("console.log(JSON.stringify(Deno.env.toObject()))", { GIVEN: "1" });
    const [out, err] = await Promise.all([toText(child.stdout), toText(child.stderr)]);
    await child.stdin.close();
    assertEquals((await child.status).code, 0, err);
    const env = JSON.parse(out) as Record<string, string>;
    assertEquals(env["GIVEN"], "1");
    assert(!out.includes("hidden") && env["HOME"] === undefined);
  } finally {
    Deno.env.delete("SWITCHBOARD_TEST_SECRET");
  }
});

Deno.test("denoSpawn: it reads what is written, and a signal after its end does nothing", async () => {
  const child = spawn("for await (const c of Deno.stdin.readable) Deno.stdout.writeSync(c)");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("héllo\n"));
  await writer.close();
  const [out] = await Promise.all([toText(child.stdout), toText(child.stderr)]);
  assertEquals(out, "héllo\n");
  const { code, signal } = await child.status;
  assertEquals([code, signal], [0, null]);
  child.kill("SIGTERM");
  child.kill("SIGKILL");
});

Deno.test("denoSpawn: a killed child tells its signal", async () => {
  const child = spawn("setTimeout(() => {}, 60_000)");
  child.kill("SIGKILL");
  await Promise.all([toText(child.stdout), toText(child.stderr)]);
  assertEquals((await child.status).signal, "SIGKILL");
  await child.stdin.close().catch(() => {}); // Broken already, perhaps.
});

Deno.test("denoSpawn: a signal that the system refuses is no failure, any other is", () => {
  const refusing = (error: Error) => ({
    pid: 7,
    kill: () => {
      throw error;
    },
  });
  signalChild(refusing(new Deno.errors.PermissionDenied("EPERM")), "SIGKILL");
  signalChild(refusing(new TypeError("Child process has already terminated")), "SIGTERM");
  assertThrows(() => signalChild(refusing(new Error("odd")), "SIGTERM"), Error, "odd");
});

Deno.test("denoSpawn: a program that is not there is thrown as what it is", () => {
  assertThrows(
    () => denoSpawn(["/nowhere/claude"], { cwd: Deno.cwd(), env: {} }),
    Deno.errors.NotFound,
  );
});
