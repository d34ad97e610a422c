import type { Clock } from "../../clock.ts";
import { cut } from "../../text.ts";
import type { Fetch, HttpEnvironment } from "../environment.ts";

/** Every check ends within this time, with what is known by then: below the 5 s that a person is promised. */
export const CHECK_MS = 4_500;

/** No service answers with so much; one that does would only fill the memory. */
export const LARGEST_ANSWER = 16 * 1024 * 1024;
const LONGEST_QUOTE = 160;

/** late: no answer in time; trust: the certificate; refused: 401 or 403; answer: one of no use. */
export type Trouble = "unreachable" | "late" | "trust" | "refused" | "answer";

/** A service did not give what was asked for. The message is for the chat, and holds no secret. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  constructor(readonly trouble: Trouble, message: string, readonly status?: number) {
    super(message);
  }
}

export interface Ask {
  readonly signal: AbortSignal;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never shown, even when the service sends them back. */
  readonly secrets?: readonly string[];
}

/** An answer that came whole, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Asks once and reads the whole answer, of whatever status. Redirects are not followed: they would
 * carry credentials to a place that the settings do not name. When `ask.signal` aborts it rejects at
 * once, even if `fetch` does not react.
 * @throws {ServiceError}
 */
export async function ask(fetch: Fetch, url: string, ask: Ask): Promise<Answer> {
  const { signal, method = "GET", headers = {}, body } = ask;
  try {
    return await orAborted(signal, async () => {
      const init = { method, headers, signal, redirect: "manual" as const };
      const response = await fetch(url, body === undefined ? init : { ...init, body });
      const text = await wholeText(response);
      return { status: response.status, headers: response.headers, text };
    });
  } catch (error) {
    throw troubleOf(error, new URL(url));
  }
}

/**
 * {@linkcode ask}, for services that answer 2xx with JSON. What else comes is quoted, not parsed:
 * Proxmox labels plain text as JSON.
 * @throws {ServiceError}
 */
export async function askJson(fetch: Fetch, url: string, request: Ask): Promise<unknown> {
  const answer = await ask(fetch, url, request);
  if (answer.status < 200 || answer.status > 299) throw refusal(answer, request.secrets ?? []);
  try {
    return JSON.parse(answer.text);
  } catch {
    const said = quote(answer.text, request.secrets ?? []);
    throw new ServiceError("answer", `answered something other than JSON${said}`);
  }
}

/** The sentence for an answer that is no success; its first line is quoted without `secrets`. */
export function refusal(answer: Answer, secrets: readonly string[]): ServiceError {
  const { status } = answer;
  const said = quote(answer.text, secrets);
  if (status === 401) {
    return new ServiceError("refused", `does not accept the token or login (401)${said}`, status);
  }
  if (status === 403) {
    return new ServiceError("refused", `gives the token no right to this (403)${said}`, status);
  }
  if (status >= 300 && status < 400) {
    const text = `answered with a redirect (${status}); set its url to where it really is`;
    return new ServiceError("answer", text, status);
  }
  return new ServiceError("answer", `answered with status ${status}${said}`, status);
}

/**
 * A signal that aborts with `signal`, or `ms` from now. Whoever makes one disposes of it; that aborts
 * it too, so that nothing goes on when a check has ended without it.
 */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** The time that one check has; see {@linkcode CHECK_MS}. */
export function deadline(clock: Clock, signal: AbortSignal, ms: number = CHECK_MS): Deadline {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => {
    const text = `did not answer within ${ms / 1000} s`;
    controller.abort(new ServiceError("late", text));
  });
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      cancel();
      signal.removeEventListener("abort", follow);
      controller.abort(new ServiceError("late", "was not waited for"));
    },
  };
}

/** What `work` gives; rejects with the signal's reason as soon as that aborts. */
export async function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** What `work` gives in time; rejects with the deadline's reason even if `work` does not heed its signal. */
export async function inTime<T>(
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  ms: number = CHECK_MS,
): Promise<T> {
  using limit = deadline(clock, signal, ms);
  return await orAborted(limit.signal, () => work(limit.signal));
}

/** The one line of a file with a secret; `why` says what is not there without it. */
export async function readSecret(
  { readTextFile }: HttpEnvironment,
  file: string,
  why: string,
): Promise<string> {
  const text = await readTextFile(file).catch(() => {
    throw new ServiceError("refused", `${why}: '${file}' cannot be read`);
  });
  return text.trim();
}

export const tooLarge = () =>
  new ServiceError("answer", "answered with more than 16 MB; the rest was not read");

/** What an error says, its causes too: some versions of Deno keep the reason of a failed fetch there. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}: ${sentence(error.cause)}`
    : error.message;
}

async function wholeText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of response.body ?? []) {
    size += bytes.byteLength;
    if (size > LARGEST_ANSWER) {
      throw tooLarge();
    }
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

/** Deno's messages name the whole URL and the layers below; a person needs the one word in them. */
function troubleOf(error: unknown, url: URL): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof DOMException) return new ServiceError("late", "did not answer in time");
  const message = sentence(error);
  for (const [pattern, trouble, text] of SENTENCES) {
    if (pattern.test(message)) return new ServiceError(trouble, text.replace("HOST", url.host));
  }
  return new ServiceError("unreachable", `cannot be reached at ${url.host}`);
}

const SENTENCES: readonly (readonly [RegExp, Trouble, string])[] = [
  [
    /connection refused|ECONNREFUSED/i,
    "unreachable",
    "refuses connections at HOST: is the service running?",
  ],
  [
    /dns error|failed to lookup|ENOTFOUND|EAI_AGAIN/i,
    "unreachable",
    "has a name that nobody knows: HOST",
  ],
  [/no route|unreachable|EHOSTUNREACH|ENETUNREACH/i, "unreachable", "has no route to it: HOST"],
  [/timed? ?out/i, "unreachable", "does not react at HOST"],
  [
    /NotValidForName|not valid for name/i,
    "trust",
    "shows a certificate for other names than HOST; use a name in it, or homelab….fingerprint",
  ],
  [
    /BadSignature/i,
    "trust",
    "shows a certificate whose key it does not have: somebody stands between",
  ],
  [/expired/i, "trust", "shows a certificate that has expired"],
  [
    /CaUsedAsEndEntity/i,
    "trust",
    "shows an authority's certificate as its own, which cannot be checked; give it an ordinary one",
  ],
  [
    /certificate|UnknownIssuer/i,
    "trust",
    "shows a certificate that nobody known has signed; set ca_file or fingerprint for it",
  ],
  [
    /reset|broken pipe|unexpected eof|unexpected end|before message completed|body|decoding/i,
    "answer",
    "broke off in the middle of its answer",
  ],
  [/requires net access/i, "unreachable", "may not be reached: compile again with these settings"],
];

function quote(text: string, secrets: readonly string[]): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  if (line === "" || /^<(!doctype|html)/i.test(line)) return "";
  const clean = secrets.filter((secret) => secret !== "")
    .reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), line);
  return `: ${cut(clean, LONGEST_QUOTE)}`;
}
