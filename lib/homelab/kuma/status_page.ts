/**
 * Uptime Kuma's status pages, as machines may read them.
 * @module
 */
import { z } from "zod";
import { oneLine } from "../../text.ts";
import { askJson, CHECK_MS, deadline, ServiceError } from "../http/client.ts";
import { asText, asTime, told } from "../http/decode.ts";
import { type KumaService, type KumaView, type Monitor, nameOf, stateOf } from "./monitors.ts";

const monitor = z.object({
  ...{ id: asText, name: told(z.string()), type: told(z.string()) },
  certExpiryDaysRemaining: told(z.number()),
});
const incident = told(z.object({ title: told(z.string()) }));

/** `/api/status-page/NAME`; anything else shows nothing. */
const statusPage = z.object({
  publicGroupList: told(z.array(z.object({ monitorList: told(z.array(monitor)) }))),
  incident,
  incidents: told(z.array(incident)),
}).catch({});

type StatusPage = z.output<typeof statusPage>;

const beat = z.object({
  ...{ status: told(z.number()), ping: told(z.number()) },
  time: asTime("Z"),
});

/** `/api/status-page/heartbeat/NAME`. */
const heartbeats = z.object({
  heartbeatList: told(z.record(z.string(), z.array(beat))),
  uptimeList: told(z.record(z.string(), told(z.number()))),
}).catch({});

type Heartbeats = z.output<typeof heartbeats>;

/** Before the check ends, so that there is time to say why nothing came. */
const PAGE_MS = CHECK_MS - 500;

/**
 * Asks a Kuma for the status page of that name.
 * @throws {ServiceError}
 */
export async function readStatusPage(
  { url, environment: { clock }, fetch }: KumaService,
  slug: string,
  signal: AbortSignal,
): Promise<KumaView> {
  const base = `${url}/api/status-page`;
  using limit = deadline(clock, signal, PAGE_MS);
  const [page, beats] = await Promise.allSettled([
    askJson(fetch, `${base}/${slug}`, limit),
    askJson(fetch, `${base}/heartbeat/${slug}`, limit),
  ]);
  if (page.status === "rejected") throw noPage(page.reason, slug, beats.status);
  if (beats.status === "rejected") throw beats.reason;
  return viewOf(statusPage.parse(page.value), heartbeats.parse(beats.value), clock.now());
}

/** Kuma 1 never answers for a page that it does not have, 2 answers 404; of its beats both say "none". */
function noPage(error: unknown, slug: string, heartbeats: "fulfilled" | "rejected"): unknown {
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

/** Of a status page's monitors, those that the page shows, with their last beat. */
function viewOf(
  { publicGroupList = [], incident, incidents = [] }: StatusPage,
  heartbeats: Heartbeats,
  now: number,
): KumaView {
  const listed = publicGroupList.flatMap(({ monitorList = [] }) => monitorList);
  // A page may show a monitor under several headings.
  const byId = new Map(listed.map((each) => [each.id, each]));
  // One incident up to 2.0, a list from 2.1 on.
  const titles = [...incidents, incident].flatMap((each) => each?.title ?? []);
  return {
    monitors: [...byId.values()].map((each) => shownMonitor(each, heartbeats, now)),
    incidents: titles.map((title) => oneLine(title)),
  };
}

function shownMonitor(
  { id, name, type, certExpiryDaysRemaining: days }: z.output<typeof monitor>,
  { heartbeatList = {}, uptimeList = {} }: Heartbeats,
  now: number,
): Monitor {
  const beats = heartbeatList[id] ?? [];
  const last = beats.at(-1);
  const times = beats.map(({ time }) => time);
  return {
    ...{ key: id, name: nameOf(name, id), group: type === "group", series: [] },
    state: Number.isNaN(times.at(-1) ?? NaN) ? "unknown" : stateOf(last?.status),
    latencyMs: last?.ping,
    certDays: days,
    uptimeDay: uptimeList[`${id}_24`],
    uncheckedMs: uncheckedFor(times, now),
  };
}

/**
 * How long a monitor's next beat is overdue; undefined if it is not. A page says nothing of pauses and
 * intervals: the pace is that of most beats, or, when somebody has changed it, of the last two.
 */
function uncheckedFor(times: readonly number[], now: number): number | undefined {
  const last = times.at(-1) ?? NaN;
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? USUAL_MS;
  const lately = gaps.length < 2 ? 0 : Math.min(...gaps.slice(-2));
  return now - last > 2 * Math.max(usual, lately) + LATE_MS ? now - last : undefined;
}

/** Kuma's own suggestion for an interval. */
const USUAL_MS = 60_000;

/** The page is cached for a minute, and a check may take as long as its interval. */
const LATE_MS = 2 * 60_000;
