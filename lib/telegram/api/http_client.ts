import type { Clock } from "../../clock.ts";

/**
 * The HTTP client of the Bot API. A request over it is whole within its time or fails, and one that
 * ran out of time takes its connection with it.
 *
 * Aborting alone does not do that: over HTTP/2 only the stream ends, and every later request goes out
 * over the same dead connection, until the system gives it up after a quarter of an hour (measured with
 * Deno 2.6 and 2.9).
 */
export class HttpClient implements Disposable {
  /** None until the first renewal: Deno's own does as well, and has to be closed by nobody. */
  #client: Deno.HttpClient | undefined;

  /** With `signal` every request on it ends. */
  constructor(
    readonly clock: Clock,
    readonly deadlineMs: number,
    readonly signal?: AbortSignal,
  ) {}

  /** `fetch` for grammY's client. It sends a request once, and its answer has been read. */
  readonly fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const cut = new AbortController();
    const abort = () => cut.abort();
    let late = false;
    const cancel = this.clock.after(this.deadlineMs, () => {
      late = true;
      abort();
    });
    if (this.signal?.aborted) abort();
    this.signal?.addEventListener("abort", abort);
    try {
      const options = { ...once(init), signal: cut.signal, ...this.#through() };
      const response = await fetch(input, options);
      return new Response(await response.arrayBuffer(), response);
    } catch (error) {
      if (!late) throw error;
      this.#renew();
      throw new Error(`no answer within ${this.deadlineMs / 1000} s`);
    } finally {
      cancel();
      this.signal?.removeEventListener("abort", abort);
    }
  };

  /** Requests in flight end on the connection that they have. */
  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #through(): { client?: Deno.HttpClient } {
    return this.#client === undefined ? {} : { client: this.#client };
  }

  #renew(): void {
    this[Symbol.dispose]();
    this.#client = Deno.createHttpClient({});
  }
}

/**
 * Given a string, Deno 2.9's `fetch` sends a request again by itself when a kept-alive connection
 * closes without an answer, and a message would stand twice without a mark; a stream cannot be sent
 * again.
 */
const once = (init: RequestInit): RequestInit =>
  typeof init.body === "string" ? { ...init, body: new Blob([init.body]).stream() } : init;
