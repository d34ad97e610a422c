import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ProbeEnvironment } from "../../../lib/homelab/environment.ts";
import { createPing } from "../../../lib/homelab/ping/probe.ts";
import { readPing } from "../../../lib/homelab/ping/program.ts";
import { denoConnect } from "../../../lib/homelab/ping/tcp.ts";
import { recording } from "../../sim/homelab/homelab.ts";
import { NEVER, outside } from "../outside.ts";

/** What a recorded run printed, and how it ended. */
function recorded(name: string): { code: number; stdout: string; stderr: string } {
  const [, stdout = "", stderr = "", code] =
    /--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*?)--- exit (\d+)/.exec(
      recording(`ping/${name}.txt`),
    ) ?? [];
  return { code: Number(code), stdout, stderr };
}

const READ: readonly (readonly [string, string])[] = [
  ["iputils-ok", "replies 0 0.119"],
  ["iputils-ok-quiet", "replies 0 0.028"],
  ["iputils-ok-ipv6", "replies 0 0.038"],
  ["busybox-ok", "replies 0 0.05"],
  ["busybox-ok-quiet", "replies 0 0.049"],
  ["inetutils-ok", "replies 0 0.05"],
  ["nocap-iputils-pinggroup", "replies 0 0.031"],
  ["iputils-no-reply", "silent"],
  ["busybox-no-reply", "silent"],
  ["inetutils-no-reply", "silent"],
  ["iputils-host-unreachable", "silent"],
  ["iputils-unreachable", "no-way there is no route to it"],
  ["busybox-unreachable", "no-way there is no route to it"],
  ["iputils-unknown-host", "no-way nobody knows this name"],
  ["busybox-unknown-host", "no-way nobody knows this name"],
  ["iputils-option-injection", "no-way nobody knows this name"],
  ["nocap-iputils", "forbidden"],
  ["nocap-busybox", "forbidden"],
  ["nocap-busybox-pinggroup", "forbidden"],
];

for (const [name, expected] of READ) {
  Deno.test(`ping: what ${name} printed is read as '${expected}'`, () => {
    const { code, stdout, stderr } = recorded(name);
    assertEquals(Object.values(readPing(code, stdout, stderr)).join(" "), expected);
  });
}

/** A world whose `ping` prints what was recorded, by what it is asked. */
function pinging(
  answer: (args: readonly string[]) => string,
  world: Partial<ProbeEnvironment> = {},
) {
  const asked: string[] = [];
  const run: ProbeEnvironment["run"] = (_program, args) => {
    asked.push(args.join(" "));
    const { code, stdout, stderr } = recorded(answer(args));
    return Promise.resolve({ code, stdout: new TextEncoder().encode(stdout), stderr });
  };
  return { asked, world: outside({ run, ...world }) };
}

const rowsOf = async (hosts: string[], world: ProbeEnvironment, only?: string) =>
  (await createPing({ hosts }, world).check(NEVER, only)).rows.map(({ name, level, text }) =>
    `${name}: ${level} ${text}`
  );

Deno.test("ping: three packets, no -w, and the host behind --", async () => {
  const { asked, world } = pinging(() => "iputils-ok");
  assertEquals(await rowsOf(["nas.lan", "[fd00::2]:22"], world), [
    "nas.lan: ok 0.1 ms",
    "[fd00::2]:22: ok 0.1 ms",
  ]);
  assertEquals(asked, [
    "-n -q -c 3 -i 0.2 -W 1 -- nas.lan",
    "-n -q -c 3 -i 0.2 -W 1 -- fd00::2",
  ]);
});

Deno.test("ping: what looks like an option is no host", async () => {
  const { asked, world } = pinging(() => "iputils-ok");
  assertEquals(await rowsOf(["a"], world, "-f $(reboot) x;y"), [
    "-f: unknown is no name or address of a host",
    "$(reboot): unknown is no name or address of a host",
    "x;y: unknown is no name or address of a host",
  ]);
  assertEquals(asked, []);
});

Deno.test("ping: names are those of the settings that have them, or hosts of their own", async () => {
  const { world } = pinging(() => "iputils-ok");
  const hosts = ["nas.lan", "pi.lan", "10.0.0.1"];
  const names = async (only: string) =>
    (await createPing({ hosts }, world).check(NEVER, only)).rows.map(({ name }) => name);
  assertEquals(await names("LAN, example.org nas"), ["nas.lan", "pi.lan", "example.org"]);
  assertEquals(await names("fd00::1"), ["fd00::1"]);
  assertEquals(await names("10.0.0"), ["10.0.0.1"]);
  assertEquals((await names(Array.from({ length: 99 }, (_, i) => `h${i}`).join(" "))).length, 20);
});

Deno.test("ping: a host that is named exactly wins over those that have it in theirs", async () => {
  const { world } = pinging(() => "iputils-ok");
  const hosts = ["10.0.0.20", "nas2.lan", "nas", "[fd00::2]:443"];
  const names = async (only: string) =>
    (await createPing({ hosts }, world).check(NEVER, only)).rows.map(({ name }) => name);
  assertEquals(await names("10.0.0.2"), ["10.0.0.2"]);
  assertEquals(await names("NAS"), ["nas"]);
  assertEquals(await names("fd00::2 [fd00::2]"), ["[fd00::2]:443"]);
  assertEquals(await names("fd00::"), ["fd00::"]);
});

Deno.test("ping: a ping that knows fewer options is asked with fewer", async () => {
  const usage = new TextEncoder().encode("");
  let calls = 0;
  const run: ProbeEnvironment["run"] = (_program, args) => {
    calls++;
    if (args.includes("-n")) {
      return Promise.resolve({ code: 1, stdout: usage, stderr: "ping: invalid option -- 'n'" });
    }
    const { stdout } = recorded("busybox-ok-quiet");
    return Promise.resolve({ code: 0, stdout: new TextEncoder().encode(stdout), stderr: "" });
  };
  assertEquals(await rowsOf(["a"], outside({ run })), ["a: ok 0.0 ms"]);
  assertEquals(calls, 2);
});

const refused = () => Promise.reject(new Deno.errors.ConnectionRefused("refused"));

Deno.test("ping: where it may not run, TCP tells; who refuses is up", async () => {
  const { world } = pinging(() => "nocap-iputils", { connect: refused });
  assertEquals(await rowsOf(["nas:22"], world), [
    "nas:22: ok up · TCP 22 closed, which the host itself says",
  ]);
  const open = pinging(() => "nocap-busybox", {
    connect: (_host, port) => port === 8006 ? Promise.resolve() : new Promise(() => {}),
  });
  assertEquals(await rowsOf(["nas"], open.world), ["nas: ok up · TCP 8006 open"]);
});

Deno.test("ping: a host that answers TCP and no ping is up", async () => {
  const { world } = pinging(() => "iputils-no-reply", { connect: refused });
  assertEquals(await rowsOf(["nas:1"], world), [
    "nas:1: ok up · TCP 1 closed, which the host itself says, no ping",
  ]);
});

Deno.test("ping: who answers neither is down, and named in the summary", async () => {
  const { world } = pinging((args) => args.at(-1) === "a" ? "iputils-ok" : "iputils-no-reply");
  const report = await createPing({ hosts: ["a", "b"] }, world).check(NEVER);
  assertEquals([report.level, report.summary], ["bad", "1 down: b · 1 of 2 up"]);
  assertEquals(report.rows[1]?.text, "no answer");
});

Deno.test("ping: a name that nobody knows is down without knocking", async () => {
  const connect = () => Promise.reject(new Error("must not be tried"));
  const { world } = pinging(() => "iputils-unknown-host", { connect });
  assertEquals(await rowsOf(["nosuch"], world), ["nosuch: bad nobody knows this name"]);
});

Deno.test("ping: what Deno may not reach is unknown, not down", async () => {
  const connect = () => Promise.reject(new Deno.errors.NotCapable("Requires net access"));
  const { world } = pinging(() => "nocap-iputils", { connect });
  assertMatch(
    (await rowsOf(["nas"], world))[0]!,
    /^nas: unknown ping may not run here, and TCP only/,
  );
});

Deno.test("ping: lost packets are a warning", async () => {
  const stdout = "3 packets transmitted, 2 received, 33.3333% packet loss, time 1s\n" +
    "rtt min/avg/max/mdev = 10.0/12.6/14.0/0.1 ms";
  const run: ProbeEnvironment["run"] = () =>
    Promise.resolve({ code: 0, stdout: new TextEncoder().encode(stdout), stderr: "" });
  assertEquals(await rowsOf(["a"], outside({ run })), ["a: warn 33 % of the packets lost · 13 ms"]);
});

Deno.test("ping: a program that hangs does not hold the others up", async () => {
  const run: ProbeEnvironment["run"] = (_program, args) =>
    args.at(-1) === "stuck"
      ? new Promise(() => {})
      : pinging(() => "iputils-ok").world.run("ping", args, { signal: NEVER });
  const clock = {
    ...outside().clock,
    after: (_ms: number, act: () => void) => (queueMicrotask(act), () => {}),
  };
  assertEquals(await rowsOf(["stuck"], outside({ run, clock, connect: refused })), [
    "stuck: bad no answer",
  ]);
});

Deno.test("ping: by Deno's own sockets, an open port is open and a closed one refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const run: ProbeEnvironment["run"] = () =>
    Promise.resolve({ code: 127, stdout: new Uint8Array(), stderr: "not found" });
  const world = outside({ run, connect: denoConnect });
  assertEquals(await rowsOf([`127.0.0.1:${port}`], world), [
    `127.0.0.1:${port}: ok up · TCP ${port} open`,
  ]);
  listener.close();
  const [row] = await rowsOf([`127.0.0.1:${port}`], world);
  assert(row?.endsWith(`TCP ${port} closed, which the host itself says`), row);
});

Deno.test("ping: no answer that is taken away makes a host that is down well", async () => {
  const refuse = {
    open: () => Promise.resolve(),
    refused: () => Promise.reject(new Deno.errors.ConnectionRefused()),
    silent: () => Promise.reject(new Deno.errors.TimedOut()),
    forbidden: () => Promise.reject(new Deno.errors.NotCapable()),
    unknown: () => Promise.reject(new Error("failed to lookup address information")),
  };
  const pings = ["iputils-ok", "iputils-no-reply", "iputils-unknown-host", "iputils-unreachable"];
  const level = async (printed: string | null, tcp: keyof typeof refuse) => {
    const connect = refuse[tcp];
    const world = printed === null
      ? outside({ connect })
      : pinging(() => printed, { connect }).world;
    const { rows } = await createPing({ hosts: ["nas.lan:22"] }, world).check(NEVER);
    assertEquals(rows[0]!.down ?? false, rows[0]!.level === "bad");
    return rows[0]!.level;
  };
  for (const printed of pings) {
    for (const tcp of Object.keys(refuse) as (keyof typeof refuse)[]) {
      const whole = await level(printed, tcp);
      const levels = [await level(printed, "forbidden"), await level(printed, "silent")];
      // What ping knows of a name or a way and TCP does not find is TCP's to say.
      if (tcp !== "open" && tcp !== "refused") levels.push(await level(null, tcp));
      if (whole !== "ok") assertEquals(levels.includes("ok"), false, `${printed}, ${tcp}`);
    }
  }
});
