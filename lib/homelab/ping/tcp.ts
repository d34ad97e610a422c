import type { Connect } from "../environment.ts";

/** Where a homelab's machines usually listen: a web page, SSH, Proxmox. */
const USUAL_PORTS = [443, 80, 22, 8006, 8007];

export type TcpResult =
  | { readonly kind: "open" | "refused"; readonly port: number }
  | { readonly kind: "silent" }
  | { readonly kind: "no-way"; readonly text: string }
  /** Deno's permissions do not cover this host. */
  | { readonly kind: "forbidden" };

/** {@linkcode Connect} by Deno. */
export async function denoConnect(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  (await Deno.connect({ hostname, port, signal })).close();
}

/**
 * Whether a host reacts on a TCP port; where none is given, on one of the usual ones. A connection
 * that is refused was refused by somebody: the host is up.
 */
export async function knock(
  hostname: string,
  port: number | null,
  connect: Connect,
  signal: AbortSignal,
): Promise<TcpResult> {
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  const ports = port === null ? USUAL_PORTS : [port];
  const tries = ports.map((each) => tryPort(hostname, each, connect, either));
  try {
    return await Promise.any(tries.map(async (attempt) => {
      const result = await attempt;
      if (result.kind !== "open" && result.kind !== "refused") throw result;
      return result;
    }));
  } catch {
    const results = await Promise.all(tries);
    return results.find(({ kind }) => kind !== "silent") ?? { kind: "silent" };
  } finally {
    found.abort();
  }
}

async function tryPort(
  hostname: string,
  port: number,
  connect: Connect,
  signal: AbortSignal,
): Promise<TcpResult> {
  try {
    await connect(hostname, port, signal);
    return { kind: "open", port };
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return { kind: "refused", port };
    if (error instanceof Deno.errors.NotCapable) return { kind: "forbidden" };
    const text = String(error);
    if (/failed to lookup|dns/i.test(text)) {
      return { kind: "no-way", text: "nobody knows this name" };
    }
    // Also of a router in between, by ICMP.
    if (/unreachable|no route/i.test(text)) {
      return { kind: "no-way", text: "there is no route to it" };
    }
    return { kind: "silent" };
  }
}
