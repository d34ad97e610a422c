import type { BeszelSettings } from "../settings.ts";
import { BeszelHub } from "./beszel_hub.ts";
import { alertsFrom, systemRows, systemsFrom } from "./beszel_systems.ts";
import { beszelChart } from "./charts_beszel.ts";
import { type Fetch, type HomelabWorld, sentence } from "./http.ts";
import {
  type Level,
  matches,
  nothingNamed,
  type Probe,
  type Report,
  type Row,
  worst,
} from "./report.ts";

const TITLE = "Beszel";

/** 500 is PocketBase's limit for a page. */
const SYSTEMS = "systems/records?perPage=500&sort=name&fields=id,name,host,status,info,updated";
const ALERTS = "alerts/records?perPage=500&fields=system,name,value,triggered";

/** What a Beszel hub says of its systems: who is down, what is too full or too hot, which alerts fire. */
export function createBeszel(
  settings: BeszelSettings,
  world: HomelabWorld,
  fetch: Fetch = world.fetch,
): Probe {
  const hub = new BeszelHub(settings, world, fetch);
  return {
    name: "beszel",
    title: TITLE,
    chart: (signal, only) => beszelChart(hub, world.clock.now(), signal, only),
    async check(signal, only) {
      const [systems, alerts] = await hub.lists([SYSTEMS, ALERTS], signal);
      if (systems === undefined || systems.status === "rejected") throw systems?.reason;
      const at = world.clock.now();
      if (systems.value.length === 0) return nobody(settings.email, at);
      const fired = alerts?.status === "fulfilled" ? alertsFrom(alerts.value) : [];
      const all = systemsFrom(systems.value).filter(({ name, host }) => matches(only, name, host));
      if (all.length === 0 && only !== undefined) return nothingNamed(TITLE, only, at);
      const rows = all.flatMap((system) => systemRows(system, fired, at));
      const levels = rows.filter(({ detail }) => !detail).map(({ level }) => level);
      return {
        title: TITLE,
        level: worst(levels),
        summary: summaryOf(all.map(({ status }) => status), rows),
        rows: [...rows, ...aboutAlerts(alerts, settings.email)],
        at,
      };
    },
  };
}

/** The hub answers a user who may see nothing as if there were nothing. */
function nobody(email: string, at: number): Report {
  const text = `shows no systems to ${email}: add this user to the systems, ` +
    "or set SHARE_ALL_SYSTEMS=true on the hub";
  const level: Level = "unknown";
  return {
    title: TITLE,
    level,
    summary: text,
    rows: [{ level, name: TITLE, text, service: true }],
    at,
  };
}

/** Alerts belong to who set them; without one it is worth knowing whose were looked at. */
function aboutAlerts(
  alerts: PromiseSettledResult<readonly unknown[]> | undefined,
  email: string,
): Row[] {
  const name = "Beszel's alerts";
  if (alerts?.status !== "fulfilled") {
    return [{ level: "unknown", name, text: sentence(alerts?.reason) }];
  }
  if (alerts.value.length > 0) return [];
  return [{
    level: "ok",
    name,
    text: `none that ${email} has set; others' are not shown`,
    detail: true,
  }];
}

function summaryOf(statuses: readonly string[], rows: readonly Row[]): string {
  const up = statuses.filter((status) => status === "up").length;
  const counted = ["down", "paused", "pending"].flatMap((status) => {
    const count = statuses.filter((each) => each === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const of = (wanted: Level) => rows.filter(({ level }) => level === wanted);
  const stand = [...of("bad"), ...of("warn")];
  const names = stand.length === 0 ? "" : `: ${stand.map(({ name }) => name).join(", ")}`;
  return [`${up} of ${statuses.length} up`, ...counted].join(", ") + names;
}
