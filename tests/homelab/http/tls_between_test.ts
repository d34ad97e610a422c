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

/** What a machine whose store has the other's authority gets, asking each of them twice. */
async function outcomes(urls: readonly string[]): Promise<string[][]> {
  const hosts = urls.map((url) => new URL(url).host).join();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", `--allow-net=${hosts}`, here("tls_client.ts")],
      ...[FINGERPRINT, "2", ...urls],
    ],
    env: { DENO_CERT: here("../../fixtures/homelab/tls/store.pem"), NO_COLOR: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const HOSTS = ["127.0.0.1", "localhost"];

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
  await using stack = new AsyncDisposableStack();
  const cases = HOSTS.flatMap((host) =>
    [0, 1, 2, 3, 4, 5].map((honest) => {
      const to = (connection: number) => connection < honest ? pbs.port : between.port;
      return { host, honest, front: stack.use(startFront(to)) };
    })
  );
  const all = await outcomes(cases.map(({ host, front }) => `https://${host}:${front.port}/x`));
  for (const [index, { host, honest, front }] of cases.entries()) {
    const came = all[index]!;
    const told = `${host}, after ${honest}: ${came.join(" | ")}`;
    assert(came.every((each) => each === "hello" || each.startsWith("trust: ")), told);
    assert(came.at(-1)!.startsWith("trust: ") || front.connections <= honest, told);
  }
  assertEquals(between.requests, []);
});

Deno.test("tls: who shows the pinned certificate without having its key gets nothing", async () => {
  await using pbs = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  await using stack = new AsyncDisposableStack();
  const cases = HOSTS.flatMap((host) =>
    [2, 4].map((honest) => { // To the first request, and to the one that knows it already.
      const without = stack.use(startWithoutKey(certificate));
      const front = stack.use(startFront((count) => count < honest ? pbs.port : without.port));
      return { host, honest, without, front };
    })
  );
  const all = await outcomes(cases.map(({ host, front }) => `https://${host}:${front.port}/x`));
  for (const [index, { host, honest, without }] of cases.entries()) {
    const came = all[index]!;
    assertEquals(without.seen[0], "alert", `${host}: ${came.join(" | ")}`);
    if (honest === 2) assertStringIncludes(came[0]!, "whose key it does not have");
    assertEquals(
      came.filter((each) => each === "hello").length,
      honest / 2 - 1,
      came.join(" | "),
    );
  }
});
