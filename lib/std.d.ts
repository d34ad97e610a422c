/**
 * Types for what we use of the Deno standard library: its npm mirror ships the code without them.
 * Written from the library's own documentation (std 0.2xx, same signatures as on JSR).
 */

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(value: unknown, message?: string): asserts value;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  export function assertInstanceOf<T>(
    actual: unknown,
    // deno-lint-ignore no-explicit-any -- any constructor whatever its arguments
    expected: new (...args: any[]) => T,
    message?: string,
  ): asserts actual is T;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any -- any constructor whatever its arguments
    ErrorClass?: new (...args: any[]) => E,
    messageIncludes?: string,
  ): Promise<E>;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any -- any constructor whatever its arguments
    ErrorClass?: new (...args: any[]) => E,
    messageIncludes?: string,
  ): E;
  export function fail(message?: string): never;
}

declare module "@std/async" {
  export function delay(
    ms: number,
    options?: { signal?: AbortSignal; persistent?: boolean },
  ): Promise<void>;
  /** Rejects with a `DOMException` named `TimeoutError` after `ms`. */
  export function deadline<T>(
    promise: Promise<T>,
    ms: number,
    options?: { signal?: AbortSignal },
  ): Promise<T>;
}

declare module "@std/cli/parse-args" {
  export function parseArgs(
    args: readonly string[],
    options?: {
      boolean?: readonly string[];
      string?: readonly string[];
      alias?: Record<string, string>;
      stopEarly?: boolean;
      unknown?: (arg: string, key?: string, value?: unknown) => unknown;
    },
  ): { _: (string | number)[]; [key: string]: unknown };
}

declare module "@std/fs" {
  export function ensureDir(dir: string | URL): Promise<void>;
  export function exists(
    path: string | URL,
    options?: { isFile?: boolean; isDirectory?: boolean },
  ): Promise<boolean>;
  export function walk(
    root: string | URL,
    options?: {
      maxDepth?: number;
      includeFiles?: boolean;
      includeDirs?: boolean;
      includeSymlinks?: boolean;
      followSymlinks?: boolean;
      exts?: string[];
      match?: RegExp[];
      skip?: RegExp[];
    },
  ): AsyncIterableIterator<Deno.DirEntry & { path: string }>;
}

declare module "@std/jsonc" {
  /** JSON with comments and trailing commas. Throws `SyntaxError` with the position. */
  export function parse(text: string): unknown;
}

declare module "@std/path" {
  export const SEPARATOR: string;
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function extname(path: string): string;
  export function fromFileUrl(url: string | URL): string;
  export function toFileUrl(path: string): URL;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function normalize(path: string): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
}

declare module "@std/streams" {
  /** Cuts a stream of bytes at a delimiter, in linear time whatever the length of a piece. */
  export class DelimiterStream
    extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    constructor(
      delimiter: Uint8Array,
      options?: { disposition?: "suffix" | "prefix" | "discard" },
    );
  }
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
  export function toText(stream: ReadableStream): Promise<string>;
  export function toArrayBuffer(stream: ReadableStream): Promise<ArrayBuffer>;
}
