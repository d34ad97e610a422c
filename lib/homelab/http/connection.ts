import type { Exchange } from "./exchange.ts";
import type { Fetch } from "../environment.ts";

/** What a connection is to those who open and close it. */
interface Open {
  close(): void;
  handshake?(): Promise<unknown>;
}

/** What `work` gives, once hands are shaken; the connection ends with it or when the signal aborts. */
export async function whileOpen<C extends Open, T>(
  signal: AbortSignal | null,
  open: () => Promise<C>,
  work: (conn: C) => Promise<T>,
): Promise<T> {
  const conn = await open();
  const close = () => {
    try {
      conn.close();
    } catch {
      // It is closed already.
    }
  };
  signal?.addEventListener("abort", close);
  try {
    signal?.throwIfAborted();
    await conn.handshake?.();
    return await work(conn);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

/** What `fetch` was asked to send. */
export function requestOf(init: Parameters<Fetch>[1]): Exchange {
  const { method = "GET", body } = init;
  return {
    method,
    headers: new Headers(init.headers),
    body: typeof body === "string" ? body : null,
  };
}

/** `[::1]` is a host in a URL, `::1` for a connection. */
export function endOf({ hostname, port }: URL): { hostname: string; port: number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
}
