/** A real Uptime Kuma, started from its directory with data of its own. */
import { KumaSocket } from "./socket.ts";

const USER = "owner";
const PASSWORD = "Correct-horse-7";

export class KumaServer implements AsyncDisposable {
  #child: Deno.ChildProcess | null = null;
  #socket: KumaSocket | null = null;

  private constructor(readonly directory: string, readonly data: string, readonly port: number) {}

  static async open(directory: string): Promise<KumaServer> {
    const data = await Deno.makeTempDir({ prefix: "kuma-" });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const server = new KumaServer(directory, data, port);
    try {
      await server.start();
      await server.socket.call("setup", USER, PASSWORD);
      await server.logIn();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get socket(): KumaSocket {
    if (this.#socket === null) throw new Error("Uptime Kuma is not running");
    return this.#socket;
  }

  async start(): Promise<void> {
    this.#child = new Deno.Command("node", {
      args: ["server/server.js"],
      cwd: this.directory,
      env: {
        ...{ UPTIME_KUMA_HOST: "127.0.0.1", UPTIME_KUMA_PORT: `${this.port}` },
        // Its page is not built, and nobody looks at it.
        ...{ DATA_DIR: `${this.data}/`, UPTIME_KUMA_DB_TYPE: "sqlite", NODE_ENV: "development" },
      },
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    const end = Date.now() + 120_000;
    while (!await this.#answers()) {
      if (Date.now() > end) throw new Error("Uptime Kuma does not start");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    this.#socket = new KumaSocket(this.port);
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.start();
    await this.logIn();
  }

  async logIn(): Promise<void> {
    await this.socket.call("login", { username: USER, password: PASSWORD, token: "" });
  }

  /** Adds a monitor as Kuma's own page does. @returns its id. */
  async add(name: string, change: Record<string, unknown>): Promise<number> {
    const { monitorID } = await this.socket.call<{ monitorID: number }>("add", {
      ...{ type: "http", name, url: "https://", method: "GET", interval: 20, retryInterval: 20 },
      ...{ resendInterval: 0, maxretries: 0, timeout: 10, notificationIDList: {} },
      ...{ ignoreTls: false, upsideDown: false, expiryNotification: false, maxredirects: 10 },
      ...{ accepted_statuscodes: ["200-299"], httpBodyEncoding: "json", packetSize: 56 },
      ...{ kafkaProducerBrokers: [], kafkaProducerSaslOptions: { mechanism: "None" } },
      ...{ conditions: [], rabbitmqNodes: [], parent: null },
      ...change,
    });
    return monitorID;
  }

  /** The status of a monitor's last beat as Kuma's own page shows it; null while it is paused. */
  async shows(id: number): Promise<number | null> {
    const { monitor } = await this.socket.call<{ monitor: { active: boolean | number } }>(
      "getMonitor",
      id,
    );
    if (!monitor.active) return null;
    const { data } = await this.socket.call<{ data: { status: number; time: string }[] }>(
      "getMonitorBeats",
      id,
      1,
    );
    return [...data].sort((a, b) => a.time.localeCompare(b.time)).at(-1)?.status ?? NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await Deno.remove(this.data, { recursive: true });
  }

  async #stop(): Promise<void> {
    this.#socket?.[Symbol.dispose]();
    this.#socket = null;
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await child.status;
    clearTimeout(timer);
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/api/entry-page`);
      const { type } = await response.json();
      return type === "entryPage"; // Before that it migrates its database.
    } catch {
      return false;
    }
  }
}
