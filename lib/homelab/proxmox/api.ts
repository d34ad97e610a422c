import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { decode } from "../http/decode.ts";
import { Gate } from "../http/gate.ts";
import { askJson, type Deadline, deadline, sentence, ServiceError } from "../http/client.ts";
import type { HttpEnvironment } from "../environment.ts";
import type { Row } from "../report.ts";
import type { ServiceSettings } from "../http/settings.ts";
import { trusting } from "../http/tls.ts";

/**
 * What has not come by then is told as missing, and the rest is shown: shortly before the whole check
 * would be given up. Proxmox holds back every 401 for 3 s.
 */
const PARTS_MS = 4_000;

/** A server is asked for so much at once, whoever asks; of one datastore or node for less. */
const AT_ONCE = 12;
const OF_ONE_QUESTION = 4;

/** An API token as it is written down; Proxmox shows its name and its secret apart. */
const TOKEN = /^([^\s@!]+@[^\s@!]+![^\s:=!]+)[:=](\S+)$/;

/** The two dialects of one API: how the token is sent. */
export type Dialect = "PBSAPIToken" | "PVEAPIToken";

/** The API of a Proxmox server, read only. Everybody who asks the same server shares one. */
export interface Proxmox {
  /** The host in its URL, as the settings have it. */
  readonly hostname: string;
  /**
   * The `data` of an answer, of the given shape.
   * @throws {ServiceError}
   */
  get<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>;
}

/** The settings of a Proxmox server. */
export interface ProxmoxSettings extends ServiceSettings {
  readonly token_file: string;
}

/** Gives the API of a server; who asks for the same server gets the same one. */
export type ProxmoxServers = (settings: ProxmoxSettings, dialect: Dialect) => Proxmox;

/** The Proxmox servers of one homelab. */
export function proxmoxServers(environment: HttpEnvironment): ProxmoxServers {
  const known = new Map<ProxmoxSettings, Proxmox>();
  return (settings, dialect) => {
    const server = known.get(settings) ?? proxmox(settings, dialect, environment);
    known.set(settings, server);
    return server;
  };
}

/** The token is read for each request: a renewed one needs no restart. */
export function proxmox(
  settings: ProxmoxSettings,
  dialect: Dialect,
  environment: HttpEnvironment,
): Proxmox {
  const { url, token_file } = settings;
  const fetch = trusting(settings, environment);
  const gate = new Gate(AT_ONCE, OF_ONE_QUESTION);
  const ask = async (path: string, signal: AbortSignal) => {
    const { id, secret } = await readToken(token_file, environment);
    const authorization = `${dialect}=${id}${dialect === "PBSAPIToken" ? ":" : "="}${secret}`;
    return await askJson(fetch, `${url}/api2/json${path}`, {
      signal,
      headers: { authorization, accept: "application/json" },
      secrets: [authorization, secret],
    });
  };
  return {
    hostname: new URL(url).hostname,
    async get(path, shape, signal) {
      const answer = await gate.run(questionOf(path), signal, () => ask(path, signal));
      return decode(z.object({ data: shape }), answer, path.split("?")[0]!).data;
    },
  };
}

/** What a dead disk would make wait together: the same question about one datastore, or one node. */
function questionOf(path: string): string {
  const [, kind, name] = /^\/(admin\/datastore|nodes)\/([^/?]+)/.exec(path) ?? [];
  const last = path.split("?", 1)[0]?.split("/").at(-1);
  return kind === undefined ? path : `${kind}/${name}/${last}`;
}

async function readToken(file: string, { readTextFile }: HttpEnvironment) {
  const text = await readTextFile(file).catch((error) => {
    throw new ServiceError("refused", `cannot be asked: token_file: ${sentence(error)}`);
  });
  const [, id, secret] = TOKEN.exec(text.trim().replace(/^P[BV][SE]APIToken[ =]/, "")) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  const form = "USER@REALM!NAME:SECRET";
  throw new ServiceError("refused", `cannot be asked: '${file}' does not hold a token (${form})`);
}

/** The time that the parts of one report have together. */
export function partsDeadline(clock: Clock, signal: AbortSignal): Deadline {
  return deadline(clock, signal, PARTS_MS);
}

/** One of several things that a report is made of: had, or why not. */
export type Part<T> = { readonly data: T } | { readonly missing: ServiceError };

/** What `asking` comes to, without throwing for what the service does. */
export async function part<T>(asking: Promise<T>): Promise<Part<T>> {
  try {
    return { data: await asking };
  } catch (error) {
    if (error instanceof ServiceError) return { missing: error };
    throw error;
  }
}

/** The rows that `rows` makes of a part; a note that says what is missing when it did not come. */
export function rowsOf<T>(name: string, from: Part<T>, rows: (data: T) => Row[]): Row[] {
  if ("data" in from) return rows(from.data).map((row) => ({ ...row, part: name }));
  return [{ level: "unknown", name, text: `not known: ${from.missing.message}`, note: true }];
}

/** @throws {ServiceError} when none of `parts` came: then it is the service, not a part. */
export function unlessAllMissing(parts: readonly Part<unknown>[]): void {
  const missing = parts.flatMap((each) => "missing" in each ? [each.missing] : []);
  const [first] = missing;
  if (first !== undefined && missing.length === parts.length) throw first;
}
