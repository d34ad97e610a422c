import { z } from "zod";
import { decode, decodeText, told } from "../http/decode.ts";
import type { Fetch, HttpEnvironment } from "../environment.ts";
import { type Answer, ask, askJson, readSecret, ServiceError } from "../http/client.ts";
import type { ServiceSettings } from "../http/settings.ts";
import { trusting } from "../http/tls.ts";

/** A token is renewed so long before it ends. */
const MARGIN_MS = 60_000;

/** 10,000 records: more than that nobody reads in a chat. */
const MOST_PAGES = 20;

/** Records of the hub: which, and the shape of one. */
export interface Collection<T> {
  /** Below `/api/collections/`. */
  readonly path: string;
  readonly record: z.ZodType<T>;
}

/** The records of each collection, or why they did not come. */
export type Lists<C extends readonly unknown[]> = {
  [I in keyof C]: PromiseSettledResult<C[I] extends Collection<infer T> ? readonly T[] : never>;
};

type Collections = readonly [Collection<unknown>, ...Collection<unknown>[]];

const login = z.object({ token: z.string() });
const jwt = z.object({ exp: z.number() });

/** A login as the hub gave it. */
interface Login {
  readonly token: string;
  readonly until: number;
  readonly secrets: readonly string[];
}

/** The settings of a hub. */
interface HubSettings extends ServiceSettings {
  readonly email: string;
  readonly password_file: string;
}

/** Asks a hub of Beszel, a PocketBase, as one of its users; logs in when that is needed. */
export class BeszelHub {
  readonly #fetch: Fetch;
  #login: Login | null = null;
  /** A check and a picture may need a login at the same time; one is enough. */
  #loggingIn: Promise<Login> | null = null;

  constructor(readonly settings: HubSettings, readonly environment: HttpEnvironment) {
    this.#fetch = trusting(settings, environment);
  }

  /**
   * The records of each collection, asked for at once; the first must not be empty. A token that the
   * hub does not accept any more gets 200 and an empty list, so an old one is renewed on that, once.
   * @throws {ServiceError}
   */
  async lists<C extends Collections>(
    collections: readonly [...C],
    signal: AbortSignal,
  ): Promise<Lists<C>> {
    const known = this.#login !== null && this.#login.until > this.environment.clock.now();
    const login = known ? this.#login! : await this.#logIn(signal);
    const answers = await this.#ask(collections, login, signal);
    const [first] = answers;
    const empty = first?.status === "fulfilled" && first.value.length === 0;
    const final = known && empty
      ? await this.#ask(collections, await this.#logIn(signal), signal)
      : answers;
    return final as Lists<C>;
  }

  #ask(collections: readonly Collection<unknown>[], login: Login, signal: AbortSignal) {
    return Promise.allSettled(collections.map((each) => this.#all(each, login, signal)));
  }

  /** All pages of a list, one after the other. */
  async #all<T>(
    { path, record }: Collection<T>,
    { token, secrets }: Login,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const shape = z.object({
      items: z.array(record),
      totalPages: told(z.number()),
      totalItems: told(z.number()),
    });
    const all: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const more = page === 1 ? "" : `&page=${page}`;
      const url = `${this.settings.url}/api/collections/${path}${more}`;
      const headers = { authorization: token };
      const answer = await askJson(this.#fetch, url, { signal, headers, secrets });
      const { items, totalPages, totalItems } = decode(shape, answer, path.split("?")[0]!);
      all.push(...items);
      // Without a count, as after `skipTotal`, the first page was all that was asked for.
      if (totalPages === undefined || page >= totalPages) {
        if (totalItems !== undefined && all.length < totalItems) break;
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
    const password = await readSecret(this.environment, file, "has no password");
    const answer = await ask(this.#fetch, `${url}/api/collections/users/auth-with-password`, {
      signal,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ identity: email, password }),
    });
    const given = answer.status === 200 ? decodeText(login, answer.text) : null;
    if (given === null) throw noLogin(answer, email);
    const { token } = given;
    this.#login = { token, until: endOf(token) - MARGIN_MS, secrets: [password, token] };
    return this.#login;
  }
}

/** When a JWT says that it ends; one that does not say is used for this check alone. */
function endOf(token: string): number {
  try {
    const body = token.split(".")[1] ?? "";
    const text = atob(body.replaceAll("-", "+").replaceAll("_", "/"));
    return (decodeText(jwt, text)?.exp ?? 0) * 1000;
  } catch {
    return 0; // It is no Base64.
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
