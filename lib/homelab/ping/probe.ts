import { z } from "zod";
import { inTime } from "../http/client.ts";
import { ping, type PingResult } from "./program.ts";
import type { ProbeEnvironment } from "../environment.ts";
import { knock, type TcpResult } from "./tcp.ts";
import { readHost } from "../../host.ts";
import { type Level, worst } from "../../level.ts";
import { counted, matches, type Row } from "../report.ts";
import type { Probe, ProbeKind } from "../probe.ts";

const TITLE = "Ping";

const TCP_MS = 1_500;
/** As many hosts as anybody would type. */
const MOST_ASKED = 20;

const settings = z.strictObject({
  hosts: z.array(
    z.string().refine((text) => readHost(text) !== null, {
      error: 'expected a host, such as "nas.lan", "10.0.0.2:22" or "[fd00::2]:443"',
    }),
  ).min(1).describe("Who should answer. The port is for where ping is not possible."),
}).describe("Hosts that should answer a ping.");

export type PingSettings = z.output<typeof settings>;

export const PING = {
  name: "ping",
  command: { description: "Whether hosts answer", argument: "host…" },
  settings,
  example: { hosts: ["nas.lan", "10.0.0.2:22"] },
  create: createPing,
} as const satisfies ProbeKind<PingSettings>;

type PingEnvironment = Pick<ProbeEnvironment, "clock" | "run" | "connect">;

/**
 * Whether hosts answer: by `ping`, or where that is not allowed, as in many containers, by TCP. Asked
 * for hosts by name it looks at those of the settings that have it in theirs, or else at that host.
 */
export function createPing({ hosts }: PingSettings, environment: PingEnvironment): Probe {
  return {
    title: TITLE,
    async check(signal, only) {
      const rows = await Promise.all(
        asked(hosts, only).map(async (name): Promise<Row> => {
          const verdict = await look(name, environment, signal);
          return { name, ...verdict, ...(verdict.level === "bad" ? { down: true } : {}) };
        }),
      );
      const down = rows.filter(({ level }) => level === "bad").map(({ name }) => name);
      const up = rows.filter(({ level }) => UP.has(level)).length;
      return {
        title: TITLE,
        level: worst(rows.map(({ level }) => level)),
        summary: [...counted("down", down), `${up} of ${rows.length} up`].join(" · "),
        rows,
        at: environment.clock.now(),
      };
    },
  };
}

const UP: ReadonlySet<Level> = new Set(["ok", "warn"]);

type Verdict = Pick<Row, "level" | "text">;

function asked(hosts: readonly string[], only: string | undefined): string[] {
  const words = (only ?? "").split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return [...hosts];
  const found = words.flatMap((word) => {
    const exact = hosts.filter((host) => isSame(word, host));
    if (exact.length > 0) return exact;
    // 10.0.0.2 is not meant to be a part of 10.0.0.20.
    const ours = ADDRESS.test(word) ? [] : hosts.filter((host) => matches(word, host));
    return ours.length > 0 ? ours : [word];
  });
  return [...new Set(found)].slice(0, MOST_ASKED);
}

const ADDRESS = /^\d+\.\d+\.\d+\.\d+(:\d+)?$|:.*:/;

/** Whether a word is a host of the settings, with its port or without. */
function isSame(word: string, host: string): boolean {
  const same = [host, readHost(host)?.host ?? host].map((each) => each.toLowerCase());
  return same.includes(word.toLowerCase().replace(/^\[(.*)\]$/, "$1"));
}

async function look(
  name: string,
  environment: PingEnvironment,
  signal: AbortSignal,
): Promise<Verdict> {
  const host = readHost(name);
  if (host === null) return { level: "unknown", text: "is no name or address of a host" };
  try {
    const pinged = await ping(host.host, environment, signal);
    if (pinged.kind === "replies") return replied(pinged);
    if (pinged.kind === "no-way") return { level: "bad", text: pinged.text };
    const knocked = await inTime(
      environment.clock,
      signal,
      (limit) => knock(host.host, host.port, environment.connect, limit),
      TCP_MS,
    ).catch((): TcpResult => ({ kind: "silent" }));
    return both(pinged, knocked);
  } catch {
    return { level: "unknown", text: "was not looked at in time" };
  }
}

function replied({ lost, averageMs }: Extract<PingResult, { kind: "replies" }>): Verdict {
  const time = averageMs === null
    ? "answers"
    : `${averageMs < 10 ? averageMs.toFixed(1) : Math.round(averageMs)} ms`;
  if (lost === 0) return { level: "ok", text: time };
  return { level: "warn", text: `${Math.round(lost)} % of the packets lost · ${time}` };
}

/** The verdict where `ping` gave no reply: TCP decides. */
function both(pinged: PingResult, knocked: TcpResult): Verdict {
  const silent = pinged.kind === "silent";
  switch (knocked.kind) {
    case "open":
    case "refused": {
      const word = knocked.kind === "open" ? "open" : "closed, which the host itself says";
      return { level: "ok", text: `up · TCP ${knocked.port} ${word}${silent ? ", no ping" : ""}` };
    }
    case "no-way":
      return { level: "bad", text: knocked.text };
    case "silent":
      return {
        level: "bad",
        text: silent ? "no answer" : "no answer by TCP, and ping may not run",
      };
    case "forbidden":
      if (silent) return { level: "bad", text: "no answer" };
      return { level: "unknown", text: notAllowed(pinged) };
    default:
      return knocked satisfies never;
  }
}

function notAllowed(pinged: PingResult): string {
  const why = pinged.kind === "odd" ? pinged.text : "ping may not run here";
  return `${why}, and TCP only reaches the hosts of homelab.ping.hosts`;
}
