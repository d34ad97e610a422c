import { z } from "zod";
import { duration } from "../../units.ts";
import type { HttpEnvironment } from "../environment.ts";
import { KumaMemory } from "./memory.ts";
import { readMetrics } from "./metrics.ts";
import type { KumaView } from "./monitors.ts";
import { readStatusPage } from "./status_page.ts";
import { kumaRows, kumaSummary } from "./rows.ts";
import { levelOf, matches, nothingNamed, type Row } from "../report.ts";
import type { Probe, ProbeKind } from "../probe.ts";
import { file, serviceSettings } from "../http/settings.ts";
import { trusting } from "../http/tls.ts";

const TITLE = "Uptime Kuma";

/** Monitors report when their interval is over, mostly a minute: until then a new Kuma knows few. */
const FRESH_MS = 5 * 60_000;

const settings = serviceSettings("Such as https://kuma.lan.", {
  api_key_file: file.optional().describe("A file with an API key; it shows all monitors."),
  status_page: z.string().regex(/^[a-z0-9-]+$/, {
    error: 'expected the name at the end of a status page\'s address, such as "home"',
  }).optional().describe("Instead of a key: the status page that is read."),
}).refine(
  ({ api_key_file: key, status_page: page }) => (key === undefined) !== (page === undefined),
  { error: "expected api_key_file or status_page, one of the two" },
).describe("Uptime Kuma.");

export type KumaSettings = z.output<typeof settings>;

export const KUMA = {
  name: "kuma",
  command: { description: "Uptime Kuma's monitors", argument: "name" },
  settings,
  example: { url: "https://kuma.lan", api_key_file: "kuma-key" },
  create: createKuma,
} as const satisfies ProbeKind<KumaSettings>;

/**
 * What Uptime Kuma says of its monitors. By an API key from `/metrics`, the only interface that it
 * supports for machines; without one from a status page.
 */
export function createKuma(settings: KumaSettings, environment: HttpEnvironment): Probe {
  const { url, api_key_file: key, status_page: page = "" } = settings;
  const service = { url, environment, fetch: trusting(settings, environment) };
  const memory = new KumaMemory();
  return {
    title: TITLE,
    async check(signal, only) {
      const view = key === undefined
        ? await readStatusPage(service, page, signal)
        : await readMetrics(service, key, signal);
      const at = environment.clock.now();
      const seen = memory.see(view, at);
      const rows = [...kumaRows(seen), ...aboutKuma(view, settings, at)];
      if (!rows.some(({ name }) => matches(only, name)) && only !== undefined) {
        return nothingNamed(TITLE, only, at);
      }
      const shown = rows.filter(({ name, service }) => service || matches(only, name));
      return {
        title: TITLE,
        level: levelOf(shown),
        summary: kumaSummary(seen.filter(({ monitor }) => matches(only, monitor.name))),
        rows: shown,
        at,
      };
    },
  };
}

/** Kuma itself: its incidents, and that it may not know everything yet. */
function aboutKuma(
  { monitors, startedAt, version, incidents }: KumaView,
  { api_key_file: key }: KumaSettings,
  at: number,
): Row[] {
  const told = incidents.map((text): Row => ({
    level: "warn",
    name: `incident: ${text}`,
    text: "",
    note: true,
  }));
  const detail: Row[] = version === undefined
    ? []
    : [{ level: "ok", name: "version", text: version, detail: true }];
  const age = startedAt === undefined ? Infinity : at - startedAt;
  if (age >= FRESH_MS && monitors.length > 0) return [...told, ...detail];
  if (monitors.length > 0) {
    const text = `started ${duration(age)} ago: what has not been checked since is missing here`;
    return [{ level: "ok", name: TITLE, text, detail: true, service: true }, ...told, ...detail];
  }
  const text = key === undefined
    ? "shows no monitor on its status page"
    : "reports no monitor: all are paused, or it has just started";
  return [{ level: "unknown", name: TITLE, text, service: true }, ...told, ...detail];
}
