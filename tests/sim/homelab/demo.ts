/** A homelab for the demo: the recordings, moved to the present, behind stand-ins of its services. */
import { join } from "@std/path";
import { NOW, SECRET, startPbs, startPve } from "../../homelab/proxmox/stage.ts";
import { type HomelabSim, recording, startHomelab } from "./homelab.ts";

const API_KEY = "uk1_demo";
const DAY_S = 24 * 60 * 60;
/** A point of the charts each quarter of an hour. */
const POINTS = 96;
const MONTH_DAYS = 30;

/** Its settings, and how it ends. */
export interface DemoHomelab extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Starts the services and puts the files with their secrets into `home`. */
export async function startDemoHomelab(home: string): Promise<DemoHomelab> {
  const usages = { json: usagesOfAMonth() };
  const services = [
    startPbs({ "/status/datastore-usage": usages }),
    ...[startPve(), startBeszel(), startKuma()],
  ];
  const [pbs, pve, beszel, kuma] = services.map((service) => today(service));
  const files = {
    "pbs-token": `bot@pbs!telegram:${SECRET}`,
    "pve-token": `bot@pve!telegram=${SECRET}`,
    "beszel-password": "demo",
    "kuma-key": API_KEY,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(home, name), text);
  }
  return {
    settings: {
      pbs: { url: pbs!.url, token_file: "pbs-token" },
      pve: { url: pve!.url, token_file: "pve-token" },
      beszel: { url: beszel!.url, email: "demo@lan", password_file: "beszel-password" },
      kuma: { url: kuma!.url, api_key_file: "kuma-key" },
      ping: { hosts: [new URL(pbs!.url).host, new URL(kuma!.url).host] },
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...services, pbs!, pve!, beszel!, kuma!].map((one) => one.close()));
    },
  };
}

function startBeszel(): HomelabSim {
  return startHomelab({
    routes: {
      "/api/collections/users/auth-with-password": { json: { token: "demo" } },
      "/api/collections/systems/records": recording("beszel/systems-records.json"),
      "/api/collections/alerts/records": recording("beszel/alerts-records.json"),
      "/api/collections/smart_devices/records": recording("beszel/smart_devices-records.json"),
      "/api/collections/system_stats/records": { json: statsOfADay() },
    },
  });
}

function startKuma(): HomelabSim {
  return startHomelab({
    routes: { "/metrics": recording("kuma-2.5.3/metrics.txt") },
    authorization: `Basic ${btoa(`:${API_KEY}`)}`,
  });
}

interface Usage {
  readonly history?: readonly (number | null)[];
}

/** The recorded datastores; their histories, of which the recording has a few points, as of a month. */
function usagesOfAMonth(): { data: unknown[] } {
  const { data } = JSON.parse(recording("pbs/status-datastore-usage.json")) as { data: Usage[] };
  return {
    data: data.map((usage) => {
      const known = usage.history?.filter((value) => value !== null) ?? [];
      const [first, last] = [known[0], known.at(-1)];
      if (first === undefined || last === undefined) return usage;
      const history = Array.from({ length: MONTH_DAYS * 4 }, (_, index) => {
        const part = index / (MONTH_DAYS * 4 - 1);
        return first + (last - first) * part + 0.004 * Math.sin(index / 5);
      });
      const start = NOW / 1000 - MONTH_DAYS * DAY_S;
      return { ...usage, history, "history-start": start, "history-delta": DAY_S / 4 };
    }),
  };
}

/** The recorded values of one system, going up and down over a day, newest first as the hub has it. */
function statsOfADay(): { items: unknown[] } {
  const { items } = JSON.parse(recording("beszel/system_stats-records.json"));
  const [first] = items as [{ stats: Record<string, unknown> } & Record<string, unknown>];
  const points = Array.from({ length: POINTS }, (_, index) => {
    const created = new Date(NOW - (index * DAY_S * 1000) / POINTS).toISOString().replace("T", " ");
    const wave = 1 + 0.35 * Math.sin(index / 7) + 0.15 * Math.sin(index / 2);
    const cpu = Math.round(Number(first.stats["cpu"]) * wave * 100) / 100;
    const mp = Math.round(Number(first.stats["mp"]) * (0.9 + wave / 10) * 100) / 100;
    return { ...first, id: `demo${index}`, created, stats: { ...first.stats, cpu, mp } };
  });
  return { items: points };
}

/** The same service with its times moved so that the recordings end now. */
function today(service: HomelabSim): { readonly url: string; close(): Promise<void> } {
  const ms = Date.now() - NOW;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (asked) => {
      const { pathname, search } = new URL(asked.url);
      const { method, headers } = asked;
      const body = method === "GET" ? null : await asked.text();
      const answer = await fetch(`${service.url}${pathname}${search}`, { method, headers, body });
      return new Response(moved(await answer.text(), ms), {
        status: answer.status,
        headers: { "content-type": answer.headers.get("content-type") ?? "application/json" },
      });
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

/** A text whose Unix and ISO times are later by so many milliseconds. */
function moved(text: string, ms: number): string {
  return text
    .replace(/\b1[78]\d{8}\b/g, (seconds) => String(Number(seconds) + Math.round(ms / 1000)))
    .replace(/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{3}Z/g, (iso) => {
      const later = new Date(Date.parse(iso.replace(" ", "T")) + ms).toISOString();
      return iso.includes("T") ? later : later.replace("T", " ");
    });
}
