/** The homelab's commands as a person uses them, against stand-ins of its services. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SECRET, startPbs, startPve } from "../homelab/proxmox/stage.ts";
import { type HomelabSim, recording, startHomelab } from "../sim/homelab/homelab.ts";
import { Bench, buttons } from "./harness.ts";

const KEY = "uk1_very-secret-key";
const PASSWORD = "very secret password";
const TOKEN = "very.secret.token";

interface Services {
  readonly pbs: HomelabSim;
  readonly pve: HomelabSim;
  readonly beszel: HomelabSim;
  readonly kuma: HomelabSim;
}

function startServices(): Services & AsyncDisposable {
  const services = {
    pbs: startPbs(),
    pve: startPve(),
    beszel: startHomelab({
      routes: {
        "/api/collections/users/auth-with-password": { json: { token: TOKEN } },
        "/api/collections/systems/records": recording("beszel/systems-records.json"),
        "/api/collections/alerts/records": recording("beszel/alerts-records.json"),
        "/api/collections/system_stats/records": recording("beszel/system_stats-records.json"),
      },
    }),
    kuma: startHomelab({
      routes: { "/metrics": recording("kuma-2.5.3/metrics.txt") },
      authorization: `Basic ${btoa(`:${KEY}`)}`,
    }),
  };
  return {
    ...services,
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}

/** A bench with a session, a homelab, and a command of the owner's. */
async function inHomelab({ pbs, pve, beszel, kuma }: Services): Promise<Bench> {
  const bench = await Bench.make({
    settings: {
      homelab: {
        pbs: { url: pbs.url, token_file: "pbs-token" },
        pve: { url: pve.url, token_file: "pve-token" },
        beszel: { url: beszel.url, email: "bot@lan", password_file: "beszel-password" },
        kuma: { url: kuma.url, api_key_file: "kuma-key" },
        ping: { hosts: [`127.0.0.1:${pbs.port}`] },
        commands: { updates: { run: ["switchboard-updates", "--list"], seconds: 20 } },
      },
    },
  });
  const files = {
    "pbs-token": `bot@pbs!telegram:${SECRET}\n`,
    "pve-token": `bot@pve!telegram=${SECRET}\n`,
    "beszel-password": PASSWORD,
    "kuma-key": KEY,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(bench.home, name), text, { mode: 0o600 });
  }
  const script = '#!/bin/sh\necho "$#: $1 $2"; env; exit 7\n';
  const program = join(bench.home, "bin/switchboard-updates");
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  // As an executable that was compiled for this home.
  bench.program = bench.program.map((word) =>
    word.startsWith("--allow-run=") ? `${word},switchboard-updates` : word
  );
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  return bench;
}

/** Sends a command. @returns its answer, and how long it took. */
async function asks(bench: Bench, command: string, pattern: RegExp) {
  const before = performance.now();
  bench.say(command);
  const message = await bench.hears(pattern);
  return { message, text: message.text, ms: performance.now() - before };
}

async function noSecretIn(bench: Bench): Promise<void> {
  const journal = new TextDecoder("latin1").decode(
    await Deno.readFile(join(bench.home, "state/journal.db")),
  );
  const said = JSON.stringify(bench.api.calls);
  for (const secret of [SECRET, KEY, btoa(`:${KEY}`), PASSWORD, TOKEN]) {
    assert(!said.includes(secret), "a secret in the chat");
    assert(!(await bench.log()).includes(secret), "a secret in the log");
    assert(!journal.includes(secret), "a secret in the journal");
  }
}

const TITLES = {
  "/pbs": /^🔴 Proxmox Backup Server/,
  "/backups": /^\S+ Backups/,
  "/pve": /^\S+ Proxmox VE/,
  "/beszel": /^🔴 Beszel · 1 down: old-pi · .* · 3 of 6 up/,
  "/kuma": /^🔴 Uptime Kuma · 3 down: Nextcloud, Closed port, Nightly job · .* · 8 of 13 up/,
  "/ping": /^🟢 Ping · 1 of 1 up/,
};

Deno.test("e2e: every homelab command answers at once, while Claude is at work", async () => {
  await using services = startServices();
  await using bench = await inHomelab(services);
  bench.say("TTFT:15000 SAY:long since");
  while (!(await bench.recorded()).some(({ event }) => event === "turn")) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const [command, pattern] of Object.entries(TITLES)) {
    const { message, ms } = await asks(bench, command, pattern);
    assert(ms < 5_000, `${command} took ${ms} ms`);
    assertEquals(buttons(message), ["🔄 Refresh", "💬 Ask Claude"]);
  }
  const { text } = await asks(bench, "/beszel nas", /^🟠 Beszel · 1 to look at: nas · 1 of 1 up/);
  assertMatch(text, /🟠 nas: CPU 94 %/);
  assertMatch(text, /🟠 nas · CPU alert: over 80 %/);
  const status = await asks(bench, "/status", /Switchboard \d/);
  for (
    const title of [
      "Proxmox Backup Server",
      "Backups",
      "Proxmox VE",
      "Beszel",
      "Uptime Kuma",
      "Ping",
    ]
  ) {
    assertMatch(status.text, new RegExp(`^(🔴|🟠|🟢|⚪) ${title}: `, "m"));
  }
  assert(!bench.texts().some((said) => /long since/.test(said)), "the turn was over too early");
  assertEquals(bench.api.violations, []);
  await noSecretIn(bench);
});

Deno.test("e2e: a dead service costs its line, and nobody waits longer than 5 s", async () => {
  await using services = startServices();
  await using bench = await inHomelab(services);
  const { pbs, pve, beszel, kuma } = services;
  pbs.misbehave("/", { kind: "hang" });
  pve.misbehave("/", { kind: "status", status: 401, text: `bad ${SECRET}`, ms: 3_000 });
  beszel.misbehave("/systems/", { kind: "text", text: `no JSON, but ${TOKEN} ${PASSWORD}` });
  kuma.misbehave("/metrics", { kind: "truncated" });
  const asked = [
    ["/pbs", /Proxmox Backup Server · .*did not answer/],
    ["/backups", /Backups · /],
    ["/pve", /Proxmox VE · .*does not accept the token or login \(401\): bad \[redacted\]/],
    [
      "/beszel",
      /Beszel · answered something other than JSON: no JSON, but \[redacted\] \[redacted\]/,
    ],
    ["/kuma", /Uptime Kuma · broke off in the middle of its answer/],
    ["/ping", TITLES["/ping"]],
    ["/status", /Switchboard \d[\s\S]*🟢 Ping: 1 of 1 up/],
  ] as const;
  const times = await Promise.all(asked.map(async ([command, pattern]) => {
    const { ms, text } = await asks(bench, command, pattern);
    return { command, ms, text };
  }));
  for (const { command, ms } of times) assert(ms < 5_000, `${command} took ${ms} ms`);
  const [status] = times.slice(-1);
  assertMatch(status!.text, /🔴 Proxmox Backup Server: .*did not answer/);
  assertMatch(status!.text, /Proxmox VE: .*\(401\)/);
  await noSecretIn(bench);
});

Deno.test("e2e: Refresh edits in place, Ask Claude takes the report into the session", async () => {
  await using services = startServices();
  await using bench = await inHomelab(services);
  const { message } = await asks(
    bench,
    "/kuma Nextcloud",
    /Uptime Kuma · 1 down: Nextcloud · 0 of 1 up/,
  );
  services.kuma.misbehave("/metrics", { kind: "status", status: 503 });
  assertEquals(await bench.presses("🔄 Refresh"), "Looking…");
  await bench.api.waitFor(
    (api) =>
      api.messages(1).find(({ message_id: id, text }) =>
        id === message.message_id && /status 503/.test(text)
      ),
    { what: "the edited report" },
  );
  assertEquals(await bench.presses("💬 Ask Claude"), "Asking in work");
  await bench.hears(/ok #1/);
  const [prompt] = (await bench.recorded()).filter(({ event }) => event === "user");
  assertStringIncludes(String(prompt?.["text"]), "Uptime Kuma · answered with status 503");
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: an own command gets its arguments, an environment without secrets, and tells its exit code", async () => {
  await using services = startServices();
  await using bench = await inHomelab(services);
  const { text } = await asks(bench, "/updates $(id)", /^\/updates/);
  if (bench.program.length === 1) {
    assertMatch(text, /could not be started: switchboard-updates is not there, or/);
    return; // This executable was not compiled for this home.
  }
  assertMatch(text, /^\/updates ✗ exit code 7 after \d s\n2: --list \$\(id\)$/m);
  assertMatch(text, /^HOME=/m);
  assert(!/TOKEN/.test(text));
});

Deno.test("e2e: an own command that a crash cut off is ended at the next start, told, and not run again", async () => {
  await using services = startServices();
  await using bench = await inHomelab(services);
  if (bench.program.length === 1) return; // This executable was not compiled for this home.
  const program = join(bench.home, "bin/switchboard-updates");
  await Deno.writeTextFile(program, '#!/bin/sh\necho run >> "$PWD/runs"\nsleep 876 & sleep 876\n');
  bench.say("/updates");
  const sleeping = () =>
    bench.marked().filter(({ command }) => command.includes("sleep 876")).length;
  while (sleeping() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await bench.end("SIGKILL");
  await bench.start();
  await bench.hears(/I was interrupted in the middle of \/updates/);
  assertEquals(sleeping(), 0);
  assertEquals(await Deno.readTextFile(join(bench.home, "runs")), "run\n");
});

Deno.test("e2e: without a homelab the commands say how to configure it", async () => {
  await using bench = await Bench.make();
  await bench.start();
  await asks(bench, "/pbs", /^To use \/pbs, add homelab\.pbs to switchboard\.jsonc and restart/);
  const [menu] = bench.api.calls.filter(({ method }) => method === "setMyCommands");
  assert(menu !== undefined && !/"pbs"/.test(JSON.stringify(menu)));
});
