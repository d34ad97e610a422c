/**
 * Requests to a service that is known by the fingerprint of its certificate.
 *
 * Deno's own connections add what they are to trust to the authorities of the machine and show no
 * certificate, so they cannot pin; Node's do show it. But without a check (`rejectUnauthorized:
 * false`) Node's do not even ask the server for the proof that it has the certificate's key (Deno
 * 2.6.8). So each request goes over a connection that is checked against the pinned certificate as
 * an authority, whose certificate is then compared before a byte is sent.
 * @module
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type ByteStream, endOf, exchange, whileOpen } from "./exchange.ts";
import type { Fetch } from "../environment.ts";
import { sentence, ServiceError } from "./client.ts";

/** A certificate as a server shows it, which proves nothing yet. */
interface Shown {
  readonly fingerprint: string;
  readonly pem: string;
  /** A name that the certificate is valid for. */
  readonly name: string;
}

/** A handshake came to nothing, or was with whoever has the certificate `shown`. */
class HandshakeError extends Error {
  constructor(message: string, readonly shown?: string) {
    super(message);
  }
}

/**
 * A `fetch` for the one service that has this certificate, by name or by bare IP, whatever names
 * stand in it. The certificate is fetched over a connection of its own at first, and when another
 * one has taken its place.
 */
export function pinned(fingerprint: string): Fetch {
  const wanted = fingerprint.toLowerCase();
  let known: Shown | null = null;
  const request: Fetch = async (address, init) => {
    const url = new URL(address);
    const signal = init.signal ?? null;
    const cached = known;
    await shakeHands(url, signal);
    const shown = cached ?? await shownAt(url, signal);
    if (shown.fingerprint !== wanted) throw notPinned(shown.fingerprint);
    try {
      const open = () => openPinned(url, shown, signal);
      const response = await whileOpen(signal, open, (conn) => exchange(conn, url, init));
      known = shown;
      return response;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HandshakeError)) throw error;
      known = null;
      if (cached !== null) return await request(address, init); // It was renewed meanwhile.
      throw await reasonOf(error, url, shown, signal);
    }
  };
  return request;
}

const untrusted = (text: string) => new ServiceError("trust", text);

const notPinned = (fingerprint: string) =>
  untrusted(
    `shows another certificate than the pinned one: ${fingerprint}. ` +
      "If you renewed it, set this fingerprint; if not, somebody stands between",
  );

/** Why a service that showed the pinned certificate was not connected to. */
async function reasonOf(
  failed: HandshakeError,
  url: URL,
  shown: Shown,
  signal: AbortSignal | null,
): Promise<unknown> {
  if (failed.shown !== undefined) return notPinned(failed.shown);
  try {
    await whileOpen(signal, () => openChecked(url, shown), () => Promise.resolve());
  } catch (error) {
    if (!/UnknownIssuer/.test(sentence(error))) return error;
    return untrusted(
      "has the pinned certificate, but an authority of its own has signed it; set ca_file " +
        "to that one's certificate instead (Proxmox VE: a copy of /etc/pve/pve-root-ca.pem)",
    );
  }
  if (/certificate/i.test(failed.message)) {
    return untrusted(
      "shows the pinned certificate and another one in turn: somebody stands between",
    );
  }
  return new ServiceError("answer", "broke off before it had proved its certificate");
}

/** A connection whose other end has proved that it has the key of the certificate that it showed. */
async function openPinned(
  url: URL,
  { fingerprint, pem, name }: Shown,
  signal: AbortSignal | null,
): Promise<ByteStream & { close(): void }> {
  const { hostname: host, port } = endOf(url);
  const plain = connectPlain({ host, port });
  const close = () => void plain.destroy();
  signal?.addEventListener("abort", close);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    plain.on("error", reject);
    plain.on("close", () => reject(new HandshakeError("The connection ended.")));
    plain.on("connect", () => {
      const socket = connectTls({ socket: plain, ca: [pem], servername: name });
      socket.on("error", ({ message }) => reject(new HandshakeError(message)));
      socket.on("secureConnect", () => resolve(socket));
    });
    const socket = await promise;
    // Deno 2.6.8 also says so of a failed handshake: there is no certificate then.
    const proved = fingerprintOf(socket);
    if (proved !== fingerprint) throw new HandshakeError("Another certificate.", proved);
    return streamOf(socket, plain);
  } catch (error) {
    close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", close);
  }
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  return socket.getPeerCertificate()?.fingerprint256?.toLowerCase();
}

function streamOf(socket: TLSSocket, plain: Socket): ByteStream & { close(): void } {
  return {
    readable: socket,
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length))
      ),
    close() {
      socket.destroy();
      plain.destroy();
    },
  };
}

async function openChecked(url: URL, { pem, name }: Shown): Promise<Deno.TlsConn> {
  return await Deno.startTls(await Deno.connect(endOf(url)), { hostname: name, caCerts: [pem] });
}

/** The certificate that a server shows, over a connection that nothing is sent over. */
async function shownAt(url: URL, signal: AbortSignal | null): Promise<Shown> {
  const { hostname: host, port } = endOf(url);
  return await new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({ host, port, rejectUnauthorized: false }, () => {
      const { raw, subjectaltname = "" } = socket.getPeerCertificate();
      const fingerprint = fingerprintOf(socket);
      socket.destroy();
      const name = nameIn(subjectaltname);
      if (fingerprint === undefined) {
        reject(untrusted("shows no certificate that could be compared"));
      } else if (name === null) {
        reject(untrusted("shows a certificate without a name in it; give it another"));
      } else resolve({ fingerprint, pem: pemOf(raw), name });
    });
    socket.on("error", reject);
    signal?.addEventListener("abort", () => socket.destroy(), { once: true });
  });
}

/**
 * Resolves when the server does shake hands, whatever its certificate is worth. A service that hangs
 * is found out here: in Deno 2.6, Node's connections cannot be closed before the handshake has ended.
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

/** The first of the names, or of the addresses. */
function nameIn(subjectAltName: string): string | null {
  const names = [...subjectAltName.matchAll(/(DNS|IP Address):([^,\s]+)/g)];
  const [, , name = null] = names.find(([, kind]) => kind === "DNS") ?? names[0] ?? [];
  return name?.replace(/^\*\./, "any.") ?? null;
}

function pemOf(der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
