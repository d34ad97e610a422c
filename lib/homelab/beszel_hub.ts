import type { BeszelSettings } from "./beszel.ts";
import { trusting } from "./tls.ts";
import { type Answer, ask, askJson, ServiceError } from "./http.ts";
import type { Fetch, HttpEnvironment } from "./environment.ts";

/** A token is renewed so long before it ends. */
const MARGIN_MS = 60_000;

/** 10,000 records: more than that nobody reads in a chat. */
const MOST_PAGES = 20;

/** A login as the hub gave it. */
interface Login {
  readonly token: string;
  readonly until: number;
  readonly secrets: readonly string[];
}

/** Asks a hub of Beszel, a PocketBase, as one of its users; logs in when that is needed. */
export class BeszelHub {
  readonly #fetch: Fetch;
  #login: Login | null = null;
  /** A check and a picture may need a login at the same time; one is enough. */
  #loggingIn: Promise<Login> | null = null;

  constructor(
    readonly settings: BeszelSettings,
    readonly world: HttpEnvironment,
  ) {
    this.#fetch = trusting(settings, world);
  }

  /**
   * The records of each collection, asked for at once; the first must not be empty. A token that the
   * hub does not accept any more gets 200 and an empty list, so an old one is renewed on that, once.
   * @throws {ServiceError}
   */
  async lists(
    paths: readonly [string, ...string[]],
    signal: AbortSignal,
  ): Promise<readonly PromiseSettledResult<readonly unknown[]>[]> {
    const known = this.#login !== null && this.#login.until > this.world.clock.now();
    const login = known ? this.#login! : await this.#logIn(signal);
    const answers = await this.#ask(paths, login, signal);
    const [first] = answers;
    const empty = first?.status === "fulfilled" && first.value.length === 0;
    if (!known || !empty) return answers;
    return await this.#ask(paths, await this.#logIn(signal), signal);
  }

  #ask(paths: readonly string[], login: Login, signal: AbortSignal) {
    return Promise.allSettled(paths.map((path) => this.#all(path, login, signal)));
  }

  /** All pages of a list, one after the other. */
  async #all(
    path: string,
    { token, secrets }: Login,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const url = `${this.settings.url}/api/collections/${path}${
        page === 1 ? "" : `&page=${page}`
      }`;
      const headers = { authorization: token };
      const answer = Object(await askJson(this.#fetch, url, { signal, headers, secrets }));
      const { items, totalPages, totalItems } = answer as Record<string, unknown>;
      if (!Array.isArray(items)) throw new ServiceError("answer", "answered without a list");
      all.push(...items);
      // Without a count, as after `skipTotal`, the first page was all that was asked for.
      if (typeof totalPages !== "number" || page >= totalPages) {
        if (typeof totalItems === "number" && all.length < totalItems) break;
        return all;
      }
    }
    throw new ServiceError("answer", "did not tell all that it has");
  }

  #logIn(signal: AbortSignal): Promise<Login> {
    return this.#loggingIn ??= this.#newLogin(signal).finally(() => this.#loggingIn = null);
  }

  async #newLogin(signal: AbortSignal): Promise<Login> {
    this.#login = null;
    const { url, email, password_file: file } = this.settings;
    const password = (await this.world.readTextFile(file).catch(() => {
      throw new ServiceError("refused", `has no password: '${file}' cannot be read`);
    })).trim();
    const answer = await ask(this.#fetch, `${url}/api/collections/users/auth-with-password`, {
      signal,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ identity: email, password }),
    });
    const token = answer.status === 200 ? tokenIn(answer) : undefined;
    if (token === undefined) throw noLogin(answer, email);
    this.#login = { token, until: endOf(token) - MARGIN_MS, secrets: [password, token] };
    return this.#login;
  }
}

function tokenIn({ text }: Answer): string | undefined {
  try {
    const { token } = Object(JSON.parse(text));
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}

/** When a JWT says that it ends; one that does not say is used for this check alone. */
function endOf(token: string): number {
  try {
    const body = token.split(".")[1] ?? "";
    const { exp } = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}

/** PocketBase says why in its status alone. */
function noLogin({ status, text }: Answer, email: string): ServiceError {
  const refused = (why: string) => new ServiceError("refused", why, status);
  if (status === 400) return refused(`does not accept the password of ${email}`);
  if (status === 401 && text.includes("mfaId")) {
    return refused(`wants a second factor from ${email}; give Switchboard a user without one`);
  }
  if (status === 403) {
    return refused(
      `does not let ${email} log in: its user is not verified, or logins by password are off`,
    );
  }
  return new ServiceError("answer", `answered the login with status ${status}`, status);
}
