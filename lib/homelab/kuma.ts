import { z } from "zod";
import { duration } from "../units.ts";
import { ask, askJson, CHECK_MS, deadline, refusal, ServiceError } from "./http.ts";
import type { Fetch, HttpEnvironment } from "./environment.ts";
import { KumaMemory } from "./kuma_memory.ts";
import { viewOfMetrics } from "./kuma_metrics.ts";
import type { KumaView } from "./kuma_monitors.ts";
import { heartbeats, statusPage, viewOfStatusPage } from "./kuma_status_page.ts";
import { kumaRows, kumaSummary } from "./kuma_rows.ts";
import { matches, nothingNamed, type Row } from "./report.ts";
import type { Probe, ProbeKind } from "./probe.ts";
import { file, oneTrust, serviceUrl, trust, TRUST_EXPECTED } from "./service_settings.ts";
import { trusting } from "./tls.ts";
import { worst } from "../level.ts";

const TITLE = "Uptime Kuma";

/** Monitors report when their interval is over, mostly a minute: until then a new Kuma knows few. */
const FRESH_MS = 5 * 60_000;

const settings = z.strictObject({
  url: serviceUrl.describe("Such as https://kuma.lan."),
  api_key_file: file.optional().describe("A file with an API key; it shows all monitors."),
  status_page: z.string().regex(/^[a-z0-9-]+$/, {
    error: 'expected the name at the end of a status page\'s address, such as "home"',
  }).optional().describe("Instead of a key: the status page that is read."),
  ...trust,
}).refine(oneTrust, TRUST_EXPECTED)
  .refine(
    ({ api_key_file: key, status_page: page }) => (key === undefined) !== (page === undefined),
    { error: "expected api_key_file or status_page, one of the two" },
  ).describe("Uptime Kuma.");

export type KumaSettings = z.output<typeof settings>;

export const KUMA = {
  name: "kuma",
  command: { description: "Uptime Kuma's monitors", argument: "name" },
  settings,
  create: createKuma,
} as const satisfies ProbeKind<KumaSettings>;

/**
 * What Uptime Kuma says of its monitors. By an API key from `/metrics`, the only interface that it
 * supports for machines; without one from a status page.
 */
export function createKuma(
  settings: KumaSettings,
  environment: HttpEnvironment,
): Probe {
  const fetch = trusting(settings, environment);
  const memory = new KumaMemory();
  return {
    title: TITLE,
    async check(signal, only) {
      const view = settings.api_key_file === undefined
        ? await readStatusPage(settings, environment, fetch, signal)
        : await readMetrics(settings.url, settings.api_key_file, environment, fetch, signal);
      const at = environment.clock.now();
      const seen = memory.see(view, at);
      const rows = [...kumaRows(seen), ...aboutKuma(view, settings, at)];
      if (!rows.some(({ name }) => matches(only, name)) && only !== undefined) {
        return nothingNamed(TITLE, only, at);
      }
      const shown = rows.filter(({ name, service }) => service || matches(only, name));
      return {
        title: TITLE,
        level: worst(shown.filter(({ detail }) => !detail).map(({ level }) => level)),
        summary: kumaSummary(seen.filter(({ monitor }) => matches(only, monitor.name))),
        rows: shown,
        at,
      };
    },
  };
}

async function readMetrics(
  url: string,
  file: string,
  environment: HttpEnvironment,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<KumaView> {
  const key = (await environment.readTextFile(file).catch(() => {
    throw new ServiceError("refused", `has no API key: '${file}' cannot be read`);
  })).trim();
  // The user is ignored.
  const login = btoa(`:${key}`);
  const headers = { authorization: `Basic ${login}` };
  const answer = await ask(fetch, `${url}/metrics`, { signal, headers });
  if (answer.status === 401) {
    const text = "does not accept the API key (401). A key is made under Settings, API Keys; " +
      "a user's password is not accepted once a key exists";
    throw new ServiceError("refused", text, 401);
  }
  if (answer.status !== 200) throw refusal(answer, [key, login]);
  return viewOfMetrics(answer.text);
}

async function readStatusPage(
  { url, status_page: slug }: KumaSettings,
  { clock }: HttpEnvironment,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<KumaView> {
  const base = `${url}/api/status-page`;
  // Before the check ends, so that there is time to say why nothing came.
  using limit = deadline(clock, signal, CHECK_MS - ROOM_MS);
  const [page, beats] = await Promise.allSettled([
    askJson(fetch, `${base}/${slug}`, limit),
    askJson(fetch, `${base}/heartbeat/${slug}`, limit),
  ]);
  if (page.status === "rejected") throw noPage(page.reason, slug, beats.status);
  if (beats.status === "rejected") throw beats.reason;
  return viewOfStatusPage(
    statusPage.parse(page.value),
    heartbeats.parse(beats.value),
    clock.now(),
  );
}

const ROOM_MS = 500;

/** Kuma 1 never answers for a page that it does not have, 2 answers 404; of its beats both say "none". */
function noPage(
  error: unknown,
  slug: string | undefined,
  heartbeats: "fulfilled" | "rejected",
): unknown {
  if (!(error instanceof ServiceError)) return error;
  const hint = "a page's name is the end of its address in Kuma, /status/…";
  if (error.status === 404) {
    return new ServiceError("answer", `has no status page '${slug}'; ${hint}`, 404);
  }
  if (error.trouble !== "late") return error;
  return heartbeats === "fulfilled"
    ? new ServiceError("answer", `probably has no status page '${slug}'; ${hint}`)
    : new ServiceError("late", `${error.message}; is there a status page '${slug}'?`);
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
