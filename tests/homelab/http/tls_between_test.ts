import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { recording, startHomelab } from "../../sim/homelab/homelab.ts";
import { startFront, startWithoutKey } from "./tls_between.ts";

const here = (path: string) => fromFileUrl(new URL(path, import.meta.url));
const pair = (name: string) => ({
  cert: recording(`tls/${name}.pem`),
  key: recording(`tls/${name}.key`),
});

/** The real service; and somebody with a certificate for its names, from an authority in the store. */
const PBS = pair("pbs");
const BETWEEN = pair("between");

const certificate = Uint8Array.from(
  atob(PBS.cert.replace(/-----[^-]+-----|\s/g, "")),
  (char) => char.charCodeAt(0),
);
const FINGERPRINT = new Uint8Array(await crypto.subtle.digest("SHA-256", certificate))
  .reduce((text, byte) => `${text}:${byte.toString(16).padStart(2, "0")}`, "").slice(1);

/** What a machine whose store has the other's authority gets, asking `count` times. */
async function outcomes(url: string, fingerprint: string, count: number): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", `--allow-net=${new URL(url).host}`, here("tls_client.ts")],
      ...[url, fingerprint, `${count}`],
    ],
    env: { DENO_CERT: here("../../fixtures/homelab/tls/store.pem"), NO_COLOR: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("tls: the store of the test's client does trust the one between", async () => {
  await using between = startHomelab({ routes: { "/x": "between" }, tls: BETWEEN });
  const client = `console.log(await (await fetch("https://localhost:${between.port}/x")).text())`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", client],
    env: { DENO_CERT: here("../../fixtures/homelab/tls/store.pem") },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "between\n");
});

Deno.test("tls: who comes between at any connection to a pinned service gets no request", async () => {
  await using pbs = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  await using between = startHomelab({ routes: { "/x": "between" }, tls: BETWEEN });
  for (const host of ["127.0.0.1", "localhost"]) {
    for (let honest = 0; honest <= 5; honest++) {
      const to = (connection: number) => connection < honest ? pbs.port : between.port;
      await using front = startFront(to);
      const came = await outcomes(`https://${host}:${front.port}/x`, FINGERPRINT, 2);
      const told = `${host}, after ${honest}: ${came.join(" | ")}`;
      assertEquals(between.requests, [], told);
      assert(came.every((each) => each === "hello" || each.startsWith("trust: ")), told);
      assert(came.at(-1)!.startsWith("trust: ") || front.connections <= honest, told);
    }
  }
});

Deno.test("tls: who shows the pinned certificate without having its key gets nothing", async () => {
  await using pbs = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  for (const host of ["127.0.0.1", "localhost"]) {
    for (const honest of [2, 4]) { // To the first request, and to the one that knows it already.
      await using without = startWithoutKey(certificate);
      await using front = startFront((count) => count < honest ? pbs.port : without.port);
      const came = await outcomes(`https://${host}:${front.port}/x`, FINGERPRINT, 2);
      assertEquals(without.seen[0], "alert", `${host}: ${came.join(" | ")}`);
      if (honest === 2) assertStringIncludes(came[0]!, "whose key it does not have");
      assertEquals(
        came.filter((each) => each === "hello").length,
        honest / 2 - 1,
        came.join(" | "),
      );
    }
  }
});
