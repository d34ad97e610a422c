import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../lib/clock.ts";
import { ask, ServiceError } from "../../../lib/homelab/http/client.ts";
import type { HttpEnvironment } from "../../../lib/homelab/environment.ts";
import { trusting } from "../../../lib/homelab/http/tls.ts";
import type { ServiceSettings } from "../../../lib/homelab/http/settings.ts";
import { type HomelabOptions, recording, startHomelab } from "../../sim/homelab/homelab.ts";
import { startFront } from "./tls_between.ts";

/** Certificates: of PBS's own making, without any address; of an own authority; an authority's own. */
const PBS = pair("pbs");
const PVE = pair("pve");
const AUTHORITY = pair("authority");
const OWN_CA = "tls/own-ca.pem";

function pair(name: string) {
  return { cert: recording(`tls/${name}.pem`), key: recording(`tls/${name}.key`) };
}

const world: HttpEnvironment = {
  fetch: (url, init) => fetch(url, init),
  clock: systemClock,
  readTextFile: async (path) => await recording(path),
};

async function fingerprintOf({ cert }: { cert: string }): Promise<string> {
  const base64 = cert.replace(/-----[^-]+-----|\s/g, "");
  const der = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** What a request gets, for a service with `tls` and settings with `trust`, by address or name. */
async function answered(
  tls: { cert: string; key: string },
  trust: Omit<ServiceSettings, "url">,
  options: { host?: string; routes?: HomelabOptions["routes"]; method?: "POST" } = {},
): Promise<string> {
  const { host = "127.0.0.1", routes = { "/x": "hello" }, method = "GET" } = options;
  await using sim = startHomelab({ routes, tls });
  const signal = AbortSignal.timeout(10_000);
  const request = method === "POST" ? { signal, method, body: '{"a":"ä"}' } : { signal };
  return (await ask(trusting(trust, world), `https://${host}:${sim.port}/x`, request)).text;
}

async function trouble(...args: Parameters<typeof answered>): Promise<string> {
  const error = await assertRejects(() => answered(...args), ServiceError);
  assertEquals(error.trouble, "trust", error.message);
  return error.message;
}

Deno.test("tls: a pinned certificate is accepted by bare IP and by name, whatever stands in it", async () => {
  const fingerprint = await fingerprintOf(PBS);
  assertEquals(await answered(PBS, { fingerprint }), "hello");
  assertEquals(await answered(PBS, { fingerprint: fingerprint.toUpperCase() }), "hello");
  assertEquals(await answered(PBS, { fingerprint }, { host: "localhost" }), "hello");
});

Deno.test("tls: another certificate than the pinned one gets no request, and its print is told", async () => {
  await using sim = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  const fetch = trusting({ fingerprint: await fingerprintOf(PVE) }, world);
  const headers = { authorization: "PBSAPIToken=a@pbs!b:secret" };
  const asking = () => ask(fetch, `${sim.url}/x`, { signal: AbortSignal.timeout(10_000), headers });
  const error = await assertRejects(asking, ServiceError, await fingerprintOf(PBS));
  assertEquals([error.trouble, error.message.includes("secret")], ["trust", false]);
  assertEquals(sim.requests, []);
});

Deno.test("tls: a certificate that is renewed while we run is looked at again", async () => {
  const port = await (async () => {
    await using first = startHomelab({ routes: {}, tls: PBS });
    return first.port;
  })();
  const request = { signal: AbortSignal.timeout(10_000) };
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  const url = `https://127.0.0.1:${port}/x`;
  await (async () => {
    await using _old = startHomelab({ routes: { "/x": "old" }, tls: PBS, port });
    assertEquals((await ask(fetch, url, request)).text, "old");
  })();
  await using _new = startHomelab({ routes: { "/x": "new" }, tls: AUTHORITY, port });
  await assertRejects(() => ask(fetch, url, request), ServiceError, await fingerprintOf(AUTHORITY));
});

Deno.test("tls: an own authority's certificate is enough for what it signed, by IP and by name", async () => {
  assertEquals(await answered(PVE, { ca_file: OWN_CA }), "hello");
  assertEquals(await answered(PVE, { ca_file: OWN_CA }, { host: "localhost" }), "hello");
  assertEquals(await answered(PBS, { ca_file: "tls/pbs.pem" }, { host: "localhost" }), "hello");
});

Deno.test("tls: PBS's own certificate as authority does not do for an IP that is not in it", async () => {
  assertStringIncludes(
    await trouble(PBS, { ca_file: "tls/pbs.pem" }),
    "other names than 127.0.0.1",
  );
});

Deno.test("tls: what nobody known has signed is refused, also next to an own authority", async () => {
  assertStringIncludes(await trouble(PVE, {}), "set ca_file or fingerprint");
  assertStringIncludes(await trouble(PBS, { ca_file: OWN_CA }), "set ca_file or fingerprint");
});

Deno.test("tls: what Deno cannot check although it is pinned is refused with the way out", async () => {
  const signed = { fingerprint: await fingerprintOf(PVE) };
  assertStringIncludes(await trouble(PVE, signed), "/etc/pve/pve-root-ca.pem");
  // Deno 2.6 refuses a certificate that is an authority's too, later versions take it.
  const authority = { fingerprint: await fingerprintOf(AUTHORITY) };
  const came = await answered(AUTHORITY, authority).catch(({ message }) => message);
  assertMatch(came, /^hello$|an authority's certificate as its own/);
});

Deno.test("tls: a ca_file that is missing or holds no certificate is named", async () => {
  assertStringIncludes(await trouble(PVE, { ca_file: "tls/pve.key" }), "'tls/pve.key'");
  assertStringIncludes(await trouble(PVE, { ca_file: "tls/gone" }), "cannot be checked: ca_file");
});

Deno.test("tls: over the own connection a body goes out, and chunks, status and large answers come in", async () => {
  const fingerprint = await fingerprintOf(PBS);
  const chunks = ["ä", "b".repeat(300_000), "c"];
  const routes: HomelabOptions["routes"] = {
    "/x": async (request) =>
      request.method === "POST"
        ? new Response(`${request.headers.get("content-length")} ${await request.text()}`)
        : new Response(ReadableStream.from(chunks).pipeThrough(new TextEncoderStream())),
  };
  assertEquals(await answered(PBS, { fingerprint }, { routes, method: "POST" }), '10 {"a":"ä"}');
  assertEquals(await answered(PBS, { fingerprint }, { routes }), chunks.join(""));
});

/** What a request gets from a server that says exactly `text`, and hangs up. */
async function saying(text: string): Promise<string> {
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...PBS });
  const serving = (async () => {
    for await (const conn of listener) {
      using _conn = conn;
      const read = await conn.read(new Uint8Array(4096)).catch(() => null);
      if (read === null) continue; // Only the certificate was looked at.
      await conn.write(new TextEncoder().encode(text));
      return await conn.closeWrite();
    }
  })();
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  const url = `https://127.0.0.1:${listener.addr.port}/x`;
  const asked = ask(fetch, url, { signal: AbortSignal.timeout(5_000) });
  const answer = await asked.then(({ text }) => text, ({ message }) => message);
  await serving;
  return answer;
}

Deno.test("tls: answers of other servers than ours are read, or told to be none", async () => {
  const head = "HTTP/1.1 200 OK\r\n";
  const cases: [string, string][] = [
    [`HTTP/1.0 200 OK\nServer: x\n\nup to the end`, "up to the end"],
    [`${head}content-length: 2\r\n\r\nhi, and more`, "hi"],
    [`${head}transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n`, "abc"],
    [
      `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      "answered with something that is not HTTP/1.1",
    ],
    [
      `${head}content-length: 99999999\r\n\r\n`,
      "answered with more than 16 MB; the rest was not read",
    ],
    ["SSH-2.0-OpenSSH_9.2\r\n", "answered with something that is not HTTP/1.1"],
    [`${head}content-le`, "broke off in the middle of its answer"],
    ["HTTP/1.1 204 No Content\r\n\r\n", ""],
  ];
  for (const [text, expected] of cases) assertEquals(await saying(text), expected, text);
});

Deno.test("tls: an answer that is cut, and a server that hangs, end in a sentence", async () => {
  await using sim = startHomelab({ routes: { "/x": "hello world" }, tls: PBS });
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  const request = { signal: AbortSignal.timeout(10_000) };
  sim.misbehave("/x", { kind: "truncated" });
  const cut = () => ask(fetch, `${sim.url}/x`, request);
  await assertRejects(cut, ServiceError, "broke off in the middle");
  sim.misbehave("/x", { kind: "hang" });
  const hung = () => ask(fetch, `${sim.url}/x`, { signal: AbortSignal.timeout(50) });
  await assertRejects(hung, ServiceError, "did not answer in time");
});

Deno.test("tls: a server that accepts and never shakes hands does not outlive the signal", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  const url = `https://127.0.0.1:${listener.addr.port}/x`;
  const hung = () => ask(fetch, url, { signal: AbortSignal.timeout(50) });
  await assertRejects(hung, ServiceError, "did not answer in time");
  (await accepted).close();
});

Deno.test("tls: a pinned service that was there and stops answering ends in a sentence", async () => {
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const holding = (async () => {
    for await (const conn of silent) held.push(conn);
  })().catch(() => {}); // It is closed while it listens.
  const sim = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  const mute = () => silent.addr.port;
  await using front = startFront((count) => count < 3 ? sim.port : mute());
  const url = `https://127.0.0.1:${front.port}/x`;
  assertEquals((await ask(fetch, url, { signal: AbortSignal.timeout(10_000) })).text, "hello");
  const hung = () => ask(fetch, url, { signal: AbortSignal.timeout(300) });
  await assertRejects(hung, ServiceError, "did not answer in time");
  held.forEach((conn) => conn.close());
  silent.close();
  await holding;
  await sim.close();
});

Deno.test("tls: a pinned service that was there and is gone refuses connections", async () => {
  const fetch = trusting({ fingerprint: await fingerprintOf(PBS) }, world);
  const sim = startHomelab({ routes: { "/x": "hello" }, tls: PBS });
  const request = { signal: AbortSignal.timeout(10_000) };
  assertEquals((await ask(fetch, `${sim.url}/x`, request)).text, "hello");
  await sim.close();
  await assertRejects(() => ask(fetch, `${sim.url}/x`, request), ServiceError, "refuses connect");
});
