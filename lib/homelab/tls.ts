/**
 * Certificates as homelabs have them: of a public authority, of an own one, or one that is pinned by
 * its fingerprint. One service's setting never weakens the checks of another.
 * @module
 */
import { connect as connectUnchecked, type TLSSocket } from "node:tls";
import { exchange } from "./http1.ts";
import { type Fetch, type HomelabWorld, sentence, ServiceError } from "./http.ts";

/** Whom a service's settings trust: one of the two, or neither for the public authorities. */
export interface Trust {
  readonly ca_file?: string | undefined;
  /** SHA-256, in pairs of digits with colons between. */
  readonly fingerprint?: string | undefined;
}

/** A certificate as a server shows it, which proves nothing yet. */
interface Shown {
  readonly fingerprint: string;
  readonly pem: string;
  /** A name that the certificate is valid for. */
  readonly name: string;
}

/**
 * A `fetch` for one service. With a fingerprint the host may be a bare IP, whatever names the
 * certificate has: PBS gives itself one without its address in the network.
 */
export function trusting(trust: Trust, world: HomelabWorld): Fetch {
  const { ca_file, fingerprint } = trust;
  if (fingerprint !== undefined) return pinned(fingerprint);
  if (ca_file !== undefined) return signedBy(ca_file, world);
  return world.fetch;
}

function signedBy(caFile: string, world: HomelabWorld): Fetch {
  return async (address, init) => {
    const url = new URL(address);
    const ca = await readPem(caFile, world);
    return await over(
      init,
      url,
      async () => await Deno.connectTls({ ...endOf(url), caCerts: [ca] }),
    );
  };
}

/**
 * Two connections. The first is unchecked, and only fetches the certificate to compare it: there
 * Deno does not even check that the server has its key, so nothing is sent over it. The second
 * trusts exactly that certificate, under a name that stands in it, and carries the request.
 */
function pinned(fingerprint: string): Fetch {
  let known: Shown | null = null;
  const request: Fetch = async (address, init) => {
    const url = new URL(address);
    const cached = known;
    const shown = cached ?? await shownAt(url, init.signal ?? null);
    if (shown.fingerprint.toLowerCase() !== fingerprint.toLowerCase()) throw notPinned(shown);
    try {
      const response = await over(init, url, async () => {
        const plain = await Deno.connect(endOf(url));
        return await Deno.startTls(plain, { hostname: shown.name, caCerts: [shown.pem] });
      });
      known = shown;
      return response;
    } catch (error) {
      known = null;
      if (!/certificate/i.test(sentence(error))) throw error;
      if (cached !== null) return await request(address, init); // It was renewed meanwhile.
      throw /UnknownIssuer/.test(sentence(error)) ? signedByAnother() : error;
    }
  };
  return request;
}

function notPinned({ fingerprint }: Shown): ServiceError {
  const text = `shows another certificate than the pinned one: ${fingerprint.toLowerCase()}. ` +
    "If you renewed it, set this fingerprint; if not, somebody stands between";
  return new ServiceError("trust", text);
}

function signedByAnother(): ServiceError {
  const text =
    "has the pinned certificate, but an authority of its own has signed it; set ca_file " +
    "to that one's certificate instead (Proxmox VE: a copy of /etc/pve/pve-root-ca.pem)";
  return new ServiceError("trust", text);
}

/** One exchange over a connection of its own. */
async function over(
  init: Parameters<Fetch>[1],
  url: URL,
  open: () => Promise<Deno.TlsConn>,
): Promise<Response> {
  const { method = "GET", body } = init;
  const request = {
    method,
    headers: new Headers(init.headers),
    body: typeof body === "string" ? body : null,
  };
  return await whileOpen(init.signal ?? null, open, (conn) => exchange(conn, url, request));
}

/** What `work` gives, once hands are shaken; the connection ends with it or when the signal aborts. */
async function whileOpen<T>(
  signal: AbortSignal | null,
  open: () => Promise<Deno.TlsConn>,
  work: (conn: Deno.TlsConn) => Promise<T>,
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
    await conn.handshake();
    return await work(conn);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

async function shownAt(url: URL, signal: AbortSignal | null): Promise<Shown> {
  await shakeHands(url, signal);
  const { hostname: host, port } = endOf(url);
  return await new Promise((resolve, reject) => {
    const socket: TLSSocket = connectUnchecked({ host, port, rejectUnauthorized: false }, () => {
      const { fingerprint256, raw, subjectaltname = "" } = socket.getPeerCertificate();
      socket.destroy();
      const name = nameIn(subjectaltname);
      if (name !== null) return resolve({ fingerprint: fingerprint256, pem: pemOf(raw), name });
      reject(
        new ServiceError("trust", "shows a certificate without a name in it; give it another"),
      );
    });
    socket.on("error", reject);
    signal?.addEventListener("abort", () => socket.destroy(), { once: true });
  });
}

/**
 * Resolves when the server does shake hands, whatever its certificate is worth: an unchecked
 * connection to one that does not could not be closed in Deno 2.6.
 */
async function shakeHands(url: URL, signal: AbortSignal | null): Promise<void> {
  const open = async () =>
    await Deno.startTls(await Deno.connect(endOf(url)), { hostname: "localhost" });
  try {
    await whileOpen(signal, open, () => Promise.resolve());
  } catch (error) {
    if (!/certificate/i.test(sentence(error))) throw error;
  }
}

/** The first of the names, or of the addresses: no public authority signs another's "localhost". */
function nameIn(subjectAltName: string): string | null {
  const names = [...subjectAltName.matchAll(/(DNS|IP Address):([^,\s]+)/g)];
  const [, , name = null] = names.find(([, kind]) => kind === "DNS") ?? names[0] ?? [];
  return name?.replace(/^\*\./, "any.") ?? null;
}

function pemOf(der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

async function readPem(file: string, { readTextFile }: HomelabWorld): Promise<string> {
  const text = await readTextFile(file).catch((error) => {
    throw new ServiceError("trust", `cannot be checked: ca_file: ${sentence(error)}`);
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new ServiceError("trust", `cannot be checked: no certificate stands in '${file}'`);
}

/** `[::1]` is a host in a URL, `::1` for a connection. */
function endOf({ hostname, port }: URL): { hostname: string; port: number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
}
