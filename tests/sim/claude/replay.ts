/**
 * Plays what a recording wrote to the CLI to another one, and compares the order of what comes
 * back: the stand-in against the recorded CLI, or the real CLI against its own recording.
 */

import { ClaudeProcess, type OutLine } from "./process.ts";

interface Recorded {
  readonly t: number;
  readonly dir: "meta" | "in" | "in-raw" | "out" | "stderr" | "exit" | "note";
  readonly v: unknown;
}

export interface Replay {
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  readonly exitCode: number;
  readonly expectedExitCode: number | undefined;
  readonly recordedLines: readonly OutLine[];
  readonly lines: readonly OutLine[];
}

export interface ReplayOptions {
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How long the pauses of the recording may be. */
  readonly longestPauseMs?: number;
  /** Stops before the first event of the recording that this is true of. */
  readonly until?: (event: string) => boolean;
}

export const FIXTURES = new URL("../../fixtures/claude/", import.meta.url);

export function readRecording(name: string): Recorded[] {
  const text = Deno.readTextFileSync(new URL(`${name}.ndjson`, FIXTURES));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** Subtypes that say how long something took, or that no one here depends on. */
const IGNORED = new Set(["thinking_tokens", "control_request_progress", "informational"]);

/** What a line is, in a word: enough to see the order, nothing that differs from run to run. */
export function signature(line: OutLine): string | undefined {
  const { type, subtype } = line as { type: string; subtype?: string };
  switch (type) {
    case "stream_event":
      return streamSignature(line.event as { type: string; delta?: { type?: string } });
    case "assistant":
      return `assistant ${contentOf(line)}${line.aborted ? " aborted" : ""}${
        line.error ? ` ${line.error}` : ""
      }`;
    case "user":
      return `user ${contentOf(line)}`;
    case "result":
      return `result ${subtype} ${line.is_error ? "error" : "fine"} ${line.terminal_reason ?? "-"}`;
    case "command_lifecycle":
      return `lifecycle ${String(line.command_uuid).slice(0, 8)} ${line.state}`;
    case "control_request": {
      const { subtype, tool_name } = line.request as { subtype?: string; tool_name?: string };
      return `asks ${tool_name ?? subtype}`;
    }
    case "control_response":
      return `responds ${(line.response as { subtype: string }).subtype}`;
    case "system":
      return subtype && IGNORED.has(subtype) ? undefined : `system ${subtype}`;
    case "rate_limit_event":
      return type;
    default:
      return type;
  }
}

function streamSignature(event: { type: string }): string | undefined {
  return event.type === "content_block_delta" ? undefined : `stream ${event.type}`;
}

interface Content {
  readonly type: string;
  readonly name?: string;
  readonly is_error?: boolean;
}

function contentOf(line: OutLine): string {
  const content = (line.message as { content: string | readonly Content[] }).content;
  if (typeof content === "string") return "string";
  return content.map((block) => `${block.name ?? block.type}${block.is_error ? "!" : ""}`).join();
}

/** Replays a recording in the folder `dir`, which stands for the recorded ones. */
export async function replay(
  name: string,
  dir: string,
  options: ReplayOptions = {},
): Promise<Replay> {
  const recording = readRecording(name);
  const { until } = options;
  const stop = until ? recording.findIndex((event) => until(JSON.stringify(event))) : -1;
  const events = stop < 0 ? recording : recording.slice(0, stop);
  const meta = events[0]?.v as { argv: string[]; env: Record<string, string> };
  await Deno.mkdir(`${dir}/proj`, { recursive: true });
  const translate = translator(events, dir);
  await using claude = new ClaudeProcess({
    cwd: `${dir}/proj`,
    flags: meta.argv.map(translate),
    env: { CLAUDE_CONFIG_DIR: `${dir}/cfg`, ...meta.env, ...options.env },
    ...(options.command ? { command: options.command } : {}),
  });
  const player = new Player(claude, translate, options.longestPauseMs ?? 400);
  for (const [index, event] of events.entries()) await player.play(event, events[index + 1]);
  if (stop >= 0) await player.caughtUp();
  const exitCode = await claude.close();
  const exit = events.find((event) => event.dir === "exit")?.v as { code?: number } | undefined;
  return {
    expected: player.expected,
    actual: signatures(claude.lines.all),
    exitCode,
    expectedExitCode: exit?.code,
    recordedLines: events.flatMap(({ dir, v }): OutLine[] => dir === "out" ? [v as OutLine] : []),
    lines: claude.lines.all,
  };
}

export function signatures(lines: readonly OutLine[]): string[] {
  return lines.flatMap((line) => signature(line) ?? []);
}

/** Puts this run's folders in the place of the recorded ones. */
function translator(events: readonly Recorded[], dir: string): (text: string) => string {
  const recorded = JSON.stringify(events).match(/"cwd":"(\/w\/[^"/]+)\/proj"/)?.[1];
  return (text) => recorded === undefined ? text : text.replaceAll(recorded, dir);
}

class Player {
  readonly expected: string[] = [];
  readonly #asked: unknown[] = [];
  #previous = 0;
  #held = "";

  constructor(
    readonly claude: ClaudeProcess,
    readonly translate: (text: string) => string,
    readonly longestPauseMs: number,
  ) {}

  async play(event: Recorded, next: Recorded | undefined): Promise<void> {
    if (event.dir === "out") this.#expect(event.v as OutLine);
    // Lines that were written together are written together again.
    const together = next?.dir === "in" && next.t - event.t < 2;
    if (event.dir === "in") await this.#send(event, together);
    if (event.dir === "in-raw") {
      await this.#catchUp(event.t);
      await this.claude.raw(String(event.v));
    }
    if (event.dir !== "note") this.#previous = event.t;
  }

  #expect(line: OutLine): void {
    const word = signature(line);
    if (word !== undefined) this.expected.push(word);
    if (line.type === "control_request") this.#asked.push(line.request_id);
  }

  async #send(event: Recorded, together: boolean): Promise<void> {
    if (!this.#held) await this.#catchUp(event.t);
    let text = this.translate(JSON.stringify(event.v));
    const asked = this.claude.lines.all.filter((line) => line.type === "control_request");
    for (const [index, id] of this.#asked.entries()) {
      text = text.replaceAll(String(id), String(asked[index]?.request_id ?? id));
    }
    this.#held += text + "\n";
    if (together) return;
    await this.claude.raw(this.#held);
    this.#held = "";
  }

  /** Waits until as much has come back as in the recording, on a busy machine too. */
  async caughtUp(): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (signatures(this.claude.lines.all).length < this.expected.length) {
      if (this.claude.lines.closed || Date.now() > deadline) break;
      await this.claude.lines.change(100);
    }
  }

  /** Waits until as much has come back as in the recording, and as long after that. */
  async #catchUp(at: number): Promise<void> {
    await this.caughtUp();
    const gap = Math.min(at - this.#previous, this.longestPauseMs);
    if (gap > 20) await pause(gap);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
