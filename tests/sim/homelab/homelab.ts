/**
 * A stand-in for any service of a homelab: it serves recordings over HTTP or HTTPS on loopback, and
 * misbehaves when it is told to.
 */
import { fromFileUrl } from "@std/path";

/** What a service does instead of answering, or to its answer. */
export type Fault =
  | { readonly kind: "hang" } // accepts, and never answers
  | { readonly kind: "slow"; readonly ms: number } // the right answer, late
  | {
    readonly kind: "status";
    readonly status: number;
    readonly text?: string;
    readonly ms?: number;
  }
  | { readonly kind: "text"; readonly text: string } // 200, labelled JSON, and is none
  | { readonly kind: "empty" } // 200 with an empty list
  | { readonly kind: "truncated" }; // half of the body, then the connection is gone

/** What is asked for by a path: JSON as it is, or a function of the request. */
export type Served =
  | string
  | { readonly json: unknown }
  | ((request: Request) => Response | Promise<Response>);

export interface HomelabOptions {
  /**
   * By path, with or without a query (`/api2/json/version`; the longer match wins): the text of a
   * recording, JSON, or a function.
   */
  readonly routes: Readonly<Record<string, Served>>;
  /** Answers what no route does; a stand-in of a whole service. */
  readonly service?: (request: Request) => Response | Promise<Response>;
  /** PEM texts, for HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** What the `authorization` header must be; anything else gets a 401 as Proxmox sends it. */
  readonly authorization?: string;
  /** A free one without it. */
  readonly port?: number;
}

export interface HomelabSim extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or `https:`. */
  readonly url: string;
  readonly port: number;
  /** Every request that came, as `METHOD path?query`. */
  readonly requests: readonly string[];
  /** The most requests that were being answered at once. */
  readonly most: number;
  /** From now on, requests whose path contains `path` get `fault`; `null` mends them. */
  misbehave(path: string, fault: Fault | null): void;
  close(): Promise<void>;
}

/** A recording below `tests/fixtures/homelab`, as text. */
export function recording(path: string): string {
  return Deno.readTextFileSync(
    fromFileUrl(new URL(`../../fixtures/homelab/${path}`, import.meta.url)),
  );
}

/** Starts a stand-in on a free port of loopback. */
export function startHomelab(options: HomelabOptions): HomelabSim {
  const requests: string[] = [];
  const faults = new Map<string, Fault>();
  const closing = new AbortController();
  let [underWay, most] = [0, 0];
  const serve = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    requests.push(`${request.method} ${pathname}${search}`);
    const fault = [...faults].find(([path]) => `${pathname}${search}`.includes(path))?.[1];
    most = Math.max(most, ++underWay);
    try {
      return await answer(request, options, fault ?? null, closing.signal);
    } finally {
      underWay--;
    }
  };
  const listen = {
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    onListen: () => {},
    signal: closing.signal,
  };
  const server = options.tls === undefined
    ? Deno.serve(listen, serve)
    : Deno.serve({ ...listen, ...options.tls }, serve);
  const { port } = server.addr;
  const close = async () => {
    closing.abort();
    await server.finished; // A graceful shutdown waits for clients that gave up, in Deno 2.6 for ever.
  };
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    requests,
    get most() {
      return most;
    },
    misbehave(path, fault) {
      if (fault === null) faults.delete(path);
      else faults.set(path, fault);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function answer(
  request: Request,
  options: HomelabOptions,
  fault: Fault | null,
  closing: AbortSignal,
): Promise<Response> {
  if (fault?.kind === "hang") await pause(Infinity, closing);
  if (fault?.kind === "slow") await pause(fault.ms, closing);
  if (fault?.kind === "status") {
    await pause(fault.ms ?? 0, closing);
    return labelledJson(fault.text ?? "", fault.status);
  }
  if (fault?.kind === "text") return labelledJson(fault.text);
  if (fault?.kind === "empty") return labelledJson('{"data":[]}');
  const authorized = options.authorization === undefined ||
    request.headers.get("authorization") === options.authorization;
  if (!authorized) return labelledJson("authentication failed", 401);
  const response = await served(request, options);
  return fault?.kind === "truncated" ? await halved(response) : response;
}

async function served(
  request: Request,
  { routes, service }: HomelabOptions,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const found = routes[decodeURIComponent(`${pathname}${search}`)] ?? routes[pathname];
  if (found === undefined && service !== undefined) return await service(request);
  if (found === undefined) return labelledJson("no such path", 404);
  if (typeof found === "string") return labelledJson(found);
  if (typeof found === "function") return await found(request);
  return labelledJson(JSON.stringify(found.json));
}

/** Any text under the label of JSON, as Proxmox labels its errors. */
export function labelledJson(text: string, status = 200): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json;charset=UTF-8" },
  });
}

/** The first half under the length of the whole: the server breaks the connection off. */
async function halved(response: Response): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("content-length", `${bytes.length}`);
  headers.set("cache-control", "no-transform"); // Compressed, it would end well.
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  return new Response(ReadableStream.from([half]), { status: response.status, headers });
}

/** Waits, or until `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === Infinity ? null : setTimeout(resolve, ms);
    const end = () => {
      if (timer !== null) clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
