/** As much of Socket.IO 4 as Uptime Kuma's own page needs: calls that are answered. */
export class KumaSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #open: Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;

  constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#open = promise;
    this.#socket.onmessage = ({ data }) => this.#received(`${data}`, resolve);
    this.#socket.onerror = () => reject(new Error("Uptime Kuma's socket does not open"));
    this.#socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the socket is closed"));
    };
  }

  /** What Kuma answers; rejects when that is not `ok`. */
  async call<T extends object = Record<string, unknown>>(
    event: string,
    ...args: readonly unknown[]
  ): Promise<T> {
    await this.#open;
    const id = this.#calls++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(() => waiting.reject(new Error(`no answer to ${event}`)), 30_000);
    this.#socket.send(`42${id}${JSON.stringify([event, ...args])}`);
    try {
      const answer = await waiting.promise as T & { ok?: boolean; msg?: string };
      if (answer.ok === false) throw new Error(`${event}: ${answer.msg}`);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #received(text: string, opened: () => void): void {
    if (text.startsWith("0")) this.#socket.send("40");
    else if (text === "2") this.#socket.send("3");
    // Kuma binds what it serves a moment after; its first event says that it has.
    else if (text.startsWith("42") && /^42\["(info|loginRequired|setup)/.test(text)) opened();
    else if (text.startsWith("43")) {
      const [, id = "", rest = "[]"] = /^43(\d+)(.*)$/s.exec(text) ?? [];
      this.#waiting.get(Number(id))?.resolve(JSON.parse(rest)[0]);
    }
  }
}
