/** Those who stand between a service and us. */

/** A front that lets each connection, counted from 0, through to the port that `to` names. */
export function startFront(to: (connection: number) => number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  const passing: Promise<unknown>[] = [];
  const pass = async (from: Deno.Conn, port: number) => {
    const there = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.allSettled([
      from.readable.pipeTo(there.writable),
      there.readable.pipeTo(from.writable),
    ]);
  };
  const accepting = (async () => {
    for await (const conn of listener) passing.push(pass(conn, to(count++)));
  })().catch(() => {}); // It is closed while it listens.
  return {
    port: listener.addr.port,
    get connections() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await Promise.all([accepting, ...passing]);
    },
  };
}

const u16 = (n: number) => [n >> 8, n & 255];
const u24 = (n: number) => [n >> 16, n >> 8 & 255, n & 255];
const handshake = (type: number, body: readonly number[]) => [type, ...u24(body.length), ...body];

/** A signature in form only, as whoever lacks the key has to make one up. */
function madeUpSignature(): number[] {
  const half = () => [1, ...crypto.getRandomValues(new Uint8Array(31))];
  return [0x30, 0x44, 2, 0x20, ...half(), 2, 0x20, ...half()];
}

/** The first words of a TLS 1.2 server (RFC 5246 §7.4), with a certificate and without its key. */
async function helloWithoutKey(certificate: Uint8Array): Promise<Uint8Array> {
  const curve = { name: "ECDH", namedCurve: "P-256" } as const;
  const { publicKey } = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  const extensions = [...u16(0xff01), ...u16(1), 0, ...u16(0x17), ...u16(0)];
  const random = crypto.getRandomValues(new Uint8Array(32));
  const suite = u16(0xc02b); // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  const der = [...certificate];
  const signature = madeUpSignature();
  const said = [
    ...handshake(2, [3, 3, ...random, 0, ...suite, 0, ...u16(extensions.length), ...extensions]),
    ...handshake(11, [...u24(der.length + 3), ...u24(der.length), ...der]),
    ...handshake(12, [
      ...[3, ...u16(23), point.length, ...point],
      ...[...u16(0x0403), ...u16(signature.length), ...signature],
    ]),
    ...handshake(14, []),
  ];
  return new Uint8Array([22, 3, 3, ...u16(said.length), ...said]);
}

/** A server that shows a certificate whose key it does not have; and what came back each time. */
export function startWithoutKey(certificate: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: ("nothing" | "alert" | "went on")[] = [];
  const serve = async (conn: Deno.Conn) => {
    using _conn = conn;
    const buffer = new Uint8Array(16_384);
    await conn.read(buffer);
    await conn.write(await helloWithoutKey(certificate));
    const read = await conn.read(buffer);
    seen.push(read === null ? "nothing" : buffer[0] === 21 ? "alert" : "went on");
  };
  const serving: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) serving.push(serve(conn).catch(() => seen.push("nothing")));
  })().catch(() => {}); // It is closed while it listens.
  return {
    port: listener.addr.port,
    seen,
    async [Symbol.asyncDispose]() {
      listener.close();
      await Promise.all([accepting, ...serving]);
    },
  };
}
