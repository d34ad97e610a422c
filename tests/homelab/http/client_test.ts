import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ask,
  askJson,
  deadline,
  orAborted,
  ServiceError,
} from "../../../lib/homelab/http/client.ts";
import { fakeClock } from "../../fake_clock.ts";
import { recording, type Served, startHomelab } from "../../sim/homelab/homelab.ts";

const signal = () => AbortSignal.timeout(10_000);
const failure = (asking: Promise<unknown>) => assertRejects(() => asking, ServiceError);

async function failing(served: Served, secrets: string[] = []): Promise<ServiceError> {
  await using sim = startHomelab({ routes: { "/x": served } });
  return await failure(askJson(fetch, `${sim.url}/x`, { signal: signal(), secrets }));
}

Deno.test("http: JSON comes as it is", async () => {
  await using sim = startHomelab({ routes: { "/x": '{"data":[1]}' } });
  assertEquals(await askJson(fetch, `${sim.url}/x`, { signal: signal() }), { data: [1] });
});

Deno.test("http: Proxmox's plain text under a JSON label is quoted, not parsed", async () => {
  for (
    const [status, expected] of [
      [401, "does not accept the token or login (401): authentication failed"],
      [403, "gives the token no right to this (403): permission check failed"],
      [400, "answered with status 400: no such datastore 'nope'"],
    ] as const
  ) {
    const text = recording(`pbs/error-${status}.txt`).split("\n").at(-2) ?? "";
    const headers = { "content-type": "application/json;charset=UTF-8" };
    const error = await failing(() => new Response(text, { status, headers }));
    assertEquals(error.message, expected);
    assertEquals(error.status, status);
  }
});

Deno.test("http: an answer of no use is told in a sentence", async () => {
  const [text, page] = ["service is starting", "<!DOCTYPE html><title>x</title>"];
  assertEquals((await failing(text)).message, `answered something other than JSON: ${text}`);
  assertEquals((await failing(page)).message, "answered something other than JSON");
  assertEquals((await failing("")).message, "answered something other than JSON");
});

Deno.test("http: a secret that the service sends back is not shown", async () => {
  const secrets = ["PBSAPIToken=a@pbs!b:hunter2", "hunter2"];
  const echo = () =>
    new Response("bad header PBSAPIToken=a@pbs!b:hunter2, hunter2", { status: 400 });
  const { message } = await failing(echo, secrets);
  assertEquals(message, "answered with status 400: bad header [redacted], [redacted]");
});

Deno.test("http: a redirect is not followed, so no header goes elsewhere", async () => {
  await using other = startHomelab({ routes: { "/y": "{}" } });
  const headers = { location: `${other.url}/y` };
  const error = await failing(() => new Response(null, { status: 302, headers }));
  assert(error.message.includes("redirect (302)"), error.message);
  assertEquals(other.requests, []);
});

Deno.test("http: who is not there, cuts or never ends is told apart", async () => {
  const port = await (async () => {
    await using sim = startHomelab({ routes: {} });
    return sim.port;
  })();
  const gone = await failure(ask(fetch, `http://127.0.0.1:${port}/x`, { signal: signal() }));
  assertEquals(gone.trouble, "unreachable");
  assert(gone.message.startsWith(`refuses connections at 127.0.0.1:${port}`), gone.message);
  await using sim = startHomelab({ routes: { "/x": '{"data":[1,2,3]}' } });
  sim.misbehave("/x", { kind: "truncated" });
  const cut = await failure(ask(fetch, `${sim.url}/x`, { signal: signal() }));
  assertEquals(cut.message, "broke off in the middle of its answer");
  const flood = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
  });
  const endless = await failing(() => new Response(flood));
  assert(endless.message.includes("more than 16 MB"), endless.message);
});

Deno.test("http: a deadline ends what does not even listen to it", async () => {
  const clock = fakeClock();
  using limit = deadline(clock, new AbortController().signal);
  const deaf = () => new Promise<Response>(() => {});
  const asking = failure(ask(deaf, "http://nas.lan/", { signal: limit.signal }));
  await clock.advance(4_499);
  assertEquals(limit.signal.aborted, false);
  await clock.advance(1);
  const { trouble, message } = await asking;
  assertEquals([trouble, message], ["late", "did not answer within 4.5 s"]);
});

Deno.test("http: a check that is over leaves neither timers nor requests", async () => {
  const clock = fakeClock();
  const outer = new AbortController();
  const still = (() => {
    using limit = deadline(clock, outer.signal);
    return limit.signal;
  })();
  assertEquals([clock.timers, still.aborted], [0, true]);
  using second = deadline(clock, outer.signal);
  outer.abort(new ServiceError("late", "stopped"));
  const asking = orAborted(second.signal, () => Promise.resolve());
  await assertRejects(() => asking, ServiceError, "stopped");
});
