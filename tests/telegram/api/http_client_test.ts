import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { HttpClient } from "../../../lib/telegram/api/http_client.ts";
import { fakeClock } from "../../fake_clock.ts";

const MODULE = new URL("../../../lib/telegram/api/http_client.ts", import.meta.url).href;
const CLOCK = new URL("../../../lib/clock.ts", import.meta.url).href;
const fixture = (name: string) =>
  fromFileUrl(new URL(`../../fixtures/homelab/tls/${name}`, import.meta.url));

/** Asks twice, the second time in vain, then once more; says what it got. */
const program = (url: string) => `
  const { HttpClient } = await import(${JSON.stringify(MODULE)});
  const { systemClock } = await import(${JSON.stringify(CLOCK)});
  const client = new HttpClient(systemClock, 1000);
  for (const path of ["/1", "/freeze", "/2"]) {
    const answer = await client.fetch(${JSON.stringify(url)} + path, { method: "POST", body: "x" })
      .then((response) => response.text(), (error) => error.message);
    console.log(answer);
  }
  Deno.exit();
`;

/** A door whose connections go silent, all at once, and stay open: what a dead network leaves. */
function door(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: { frozen: boolean }[] = [];
  const open: Deno.TcpConn[] = [];
  const pipe = async (from: Deno.TcpConn, to: Deno.TcpConn, state: { frozen: boolean }) => {
    for await (const bytes of from.readable) if (!state.frozen) await to.write(bytes);
  };
  const done = (async () => {
    for await (const outer of listener) {
      const inner = await Deno.connect({ hostname: "127.0.0.1", port });
      const state = { frozen: false };
      connections.push(state);
      open.push(outer, inner);
      pipe(outer, inner, state).catch(() => {});
      pipe(inner, outer, state).catch(() => {});
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    connections,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
      for (const connection of open) {
        try {
          connection.close();
        } catch { /* The other side was first. */ }
      }
    },
  };
}

Deno.test("http client: over HTTP/2 a connection that died is not asked a second time", async () => {
  const [cert, key] = await Promise.all(
    ["pve.pem", "pve.key"].map((name) => Deno.readTextFile(fixture(name))),
  );
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: cert!, key: key!, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/freeze") return new Response(pathname);
      for (const connection of front.connections) connection.frozen = true;
      return new Response("never seen");
    },
  );
  await using front = door(server.addr.port);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program(`https://localhost:${front.port}`)],
    env: { DENO_CERT: fixture("own-ca.pem"), NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(said, ["/1", "no answer within 1 s", "/2"]);
  assertEquals(front.connections.length, 2);
});

Deno.test("http client: an abort ends what is under way, and what is asked after it", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("here"),
  );
  const stop = new AbortController();
  using client = new HttpClient(fakeClock(), 60_000, stop.signal);
  const url = `http://127.0.0.1:${server.addr.port}`;
  assertEquals(await (await client.fetch(url)).text(), "here");
  stop.abort();
  await assertRejects(() => client.fetch(url), DOMException, "abort");
});
