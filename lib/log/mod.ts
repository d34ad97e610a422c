/**
 * The log: one line for each record in `state/switchboard.log`, without secrets, and on stderr for
 * those who look on. Categories are `["switchboard", part]`; messages are templates with properties:
 * `logger("telegram").info("Update {id} arrived", { id })`.
 * @module
 */
import { configure, getLogger, reset } from "@logtape/logtape";
import type { Logger, LogLevel, LogRecord } from "@logtape/logtape";
import { join } from "@std/path";
import { errorText } from "../errors.ts";
import { formatLine, lineOf } from "./line.ts";
import { redacting } from "./redact.ts";
import { RotatingFile } from "./rotating_file.ts";

export { redact } from "./redact.ts";
export type { Logger, LogLevel } from "@logtape/logtape";

/** The current log file, below the home directory. */
export const LOG_FILE = "state/switchboard.log";

/** Five files of 5 MB: weeks of "info", an hour of "trace". */
const ROTATION = { maxBytes: 5 * 1024 * 1024, files: 5 };
/** After a failure the file is left alone for so long. */
const RETRY_MS = 60_000;

/** What the log needs to know. */
export interface LogOptions {
  readonly home: string;
  readonly level: LogLevel;
  /** Literal secrets that never appear in the log: the bot token, API keys. */
  readonly secrets: readonly string[];
  /** True when every line goes to stderr too. */
  readonly console: boolean;
  readonly rotation?: { readonly maxBytes: number; readonly files: number };
  /** Takes a finished line; stderr when it is not given. */
  readonly stderr?: (line: string) => void;
}

/** The log while it is open. */
export interface Log extends AsyncDisposable {
  /** Returns when every line so far is on the disk. A disk that refuses is not an error here. */
  flush(): void;
  /** Closes the file; later records are dropped. May be called twice. */
  close(): Promise<void>;
}

/** The logger of one part: `logger("telegram")`, `logger("claude", "process")`. */
export function logger(...part: string[]): Logger {
  return getLogger(["switchboard", ...part]);
}

/**
 * Sends the records of all parts to the log file and, when wished, to stderr. It never throws for a
 * disk that is full or a file that cannot be written: stderr is told once, gets the lines instead,
 * and the file is tried again after a minute.
 */
export async function configureLog(options: LogOptions): Promise<Log> {
  const stderr = options.stderr ?? writeToStderr;
  const path = join(options.home, LOG_FILE);
  const file = new RotatingFile(path, options.rotation ?? ROTATION);
  const format = redacting(formatLine, options.secrets);
  const toFile = surviving(file, stderr, options.console);
  const sink = (record: LogRecord) => {
    const line = lineOf(format(record));
    if (options.console) stderr(line);
    toFile(line, record.timestamp);
  };
  await configure({
    sinks: { log: sink },
    loggers: [
      { category: "switchboard", sinks: ["log"], lowestLevel: options.level },
      { category: "logtape", sinks: ["log"], lowestLevel: "warning" },
    ],
    reset: true,
  });
  return openLog(file);
}

function openLog(file: RotatingFile): Log {
  let closing: Promise<void> | null = null;
  const close = () => closing ??= reset().then(() => file.close());
  const flush = () => {
    try {
      file.flush();
    } catch {
      // The lines are with the kernel; no more can be done about a disk that fails.
    }
  };
  return { flush, close, [Symbol.asyncDispose]: close };
}

/** Writes to `file`; while that fails, to `stderr`, unless every line goes there already. */
function surviving(file: RotatingFile, stderr: (line: string) => void, console: boolean) {
  const encoder = new TextEncoder();
  let failedAt: number | null = null;
  return (line: string, now: number): void => {
    const resting = failedAt !== null && now - failedAt < RETRY_MS;
    try {
      if (!resting) {
        file.write(encoder.encode(line));
        failedAt = null;
        return;
      }
    } catch (error) {
      const why = errorText(error);
      if (failedAt === null) stderr(`The log '${file.path}' cannot be written: ${why}\n`);
      failedAt = now;
    }
    if (!console) stderr(line);
  };
}

function writeToStderr(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  } catch {
    // A closed stderr: there is nobody left to tell.
  }
}

/**
 * Runs `action` and logs how long it took: `[TIMING] fleet.start 231 ms`. Its result, or what it
 * throws, is passed on.
 */
export async function timed<T>(
  log: Logger,
  stage: string,
  action: () => T | Promise<T>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const start = now();
  const elapsed = () => Math.round(now() - start);
  try {
    const result = await action();
    log.info("[TIMING] {stage} {ms} ms", { stage, ms: elapsed() });
    return result;
  } catch (error) {
    log.info("[TIMING] {stage} {ms} ms, failed", { stage, ms: elapsed() });
    throw error;
  }
}
