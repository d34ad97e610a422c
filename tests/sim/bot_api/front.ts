interface Pair {
  outer: Deno.TcpConn;
  inner: Deno.TcpConn;
  gone: AbortController;
}

/**
 * A door of TCP before an HTTP server. Deno's server has no way to cut a connection in the middle
 * of a request, which is what a broken network does; the door has: it knows which client stands
 * behind which of the inner server's connections.
 */
export class Front {
  readonly #listener: Deno.TcpListener;
  readonly #pairs = new Map<number, Pair>();
  readonly #done: Promise<void>;
  readonly #piping = new Set<Promise<void>>();
  #closed = false;

  /** Listens on `port` (0: any) of loopback and passes everything on to `innerPort`. */
  constructor(port: number, private readonly innerPort: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#done = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /**
   * Aborted when the client that the inner server sees as `remotePort` is gone. (The signal of
   * Deno's own requests is aborted by a successful answer too.)
   */
  signal(remotePort: number): AbortSignal {
    return this.#pairs.get(remotePort)?.gone.signal ?? AbortSignal.abort();
  }

  /** Cuts the client off that the inner server sees as `remotePort`. */
  cut(remotePort: number): void {
    const pair = this.#pairs.get(remotePort);
    if (!pair) return;
    this.#pairs.delete(remotePort);
    pair.gone.abort();
    shut(pair.outer);
    shut(pair.inner);
  }

  /** Closes the door and cuts everybody off. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await this.#done;
    for (const port of [...this.#pairs.keys()]) this.cut(port);
    await Promise.all(this.#piping);
  }

  async #accept(): Promise<void> {
    try {
      for await (const outer of this.#listener) {
        const piping = this.#connect(outer).finally(() => this.#piping.delete(piping));
        this.#piping.add(piping);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  async #connect(outer: Deno.TcpConn): Promise<void> {
    let inner: Deno.TcpConn;
    try {
      inner = await Deno.connect({ hostname: "127.0.0.1", port: this.innerPort });
    } catch {
      return shut(outer); // The inner server is closing.
    }
    if (this.#closed) { // While it was on its way in: nobody would ever cut it off.
      shut(inner);
      return shut(outer);
    }
    inner.setNoDelay(true);
    outer.setNoDelay(true);
    const port = inner.localAddr.port;
    const gone = new AbortController();
    this.#pairs.set(port, { outer, inner, gone });
    await Promise.allSettled([
      outer.readable.pipeTo(inner.writable).finally(() => gone.abort()),
      inner.readable.pipeTo(outer.writable),
    ]);
    this.#pairs.delete(port);
  }
}

function shut(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed by the other side meanwhile.
  }
}
