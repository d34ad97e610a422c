import type { ProbeEnvironment } from "../environment.ts";
import { inTime } from "../http/client.ts";

/** Three packets and a second for the last reply take 1.4 s; busybox waits a second between them. */
const PING_MS = 2_500;

/** What the program `ping` said of a host. */
export type PingResult =
  | { readonly kind: "replies"; readonly lost: number; readonly averageMs: number | null }
  | { readonly kind: "silent" }
  /** No such name, or no way to it: a sentence. */
  | { readonly kind: "no-way"; readonly text: string }
  /** This machine may not ping, or has no such program. */
  | { readonly kind: "forbidden" }
  /** A ping that does not know the options; that of busybox knows fewer. */
  | { readonly kind: "usage" }
  | { readonly kind: "odd"; readonly text: string };

/** Pings a host. No `-w`: that of iputils goes on until so many replies came. Behind `--` nothing is an option. */
export async function ping(
  host: string,
  { clock, run }: Pick<ProbeEnvironment, "clock" | "run">,
  signal: AbortSignal,
): Promise<PingResult> {
  const once = async (limit: AbortSignal, ...options: string[]) => {
    const args = [...options, "--", host];
    const { code, stdout, stderr } = await run("ping", args, { signal: limit });
    return readPing(code, new TextDecoder().decode(stdout), stderr);
  };
  const twice = async (limit: AbortSignal) => {
    const first = await once(limit, "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1");
    return first.kind === "usage" ? await once(limit, "-q", "-c", "2", "-W", "1") : first;
  };
  try {
    return await inTime(clock, signal, twice, PING_MS);
  } catch {
    signal.throwIfAborted();
    return { kind: "silent" };
  }
}

/** iputils, busybox and inetutils agree on these two lines. */
const COUNTS = /(\d+) packets transmitted, (\d+) (?:packets )?received,.*?([\d.]+)% packet loss/;
const TIMES = /(?:rtt|round-trip) min\/avg\/max\S* = [\d.]+\/([\d.]+)\//;

/** Reads what `ping -q` printed; its exit codes differ from program to program. */
export function readPing(code: number, stdout: string, stderr: string): PingResult {
  const [, , received, lost] = COUNTS.exec(stdout) ?? [];
  if (received !== undefined && lost !== undefined) {
    if (Number(received) === 0) return { kind: "silent" };
    const average = TIMES.exec(stdout)?.[1];
    const averageMs = average === undefined ? null : Number(average);
    return { kind: "replies", lost: Number(lost), averageMs };
  }
  if (code === 127 || /not permitted|permission denied|are you root/i.test(stderr)) {
    return { kind: "forbidden" };
  }
  if (/not known|bad address|name resolution|unknown host|No address/i.test(stderr)) {
    return { kind: "no-way", text: "nobody knows this name" };
  }
  if (/unreachable/i.test(stderr)) return { kind: "no-way", text: "there is no route to it" };
  if (/usage|invalid option|unrecognized option|bad timing/i.test(stderr)) return { kind: "usage" };
  return { kind: "odd", text: stderr.trim().split("\n")[0] || `ping ended with code ${code}` };
}
