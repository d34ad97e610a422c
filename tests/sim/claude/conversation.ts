/** The conversation: what the model would be sent, and the transcript that `--resume` reads. */

import type { Block, Message } from "../messages_api/decide.ts";
import { VERSION } from "./flags.ts";

const NO_ANSWER = "No response requested.";
const UNKNOWN_OUTCOME = "The process ended while this tool ran; its outcome is unknown.";

interface Entry {
  readonly type?: string;
  readonly subtype?: string;
  readonly uuid?: string;
  /** All the uuids of a prompt that several lines were merged into. */
  readonly promptUuids?: readonly (string | null)[];
  readonly message?: Message;
  readonly isApiErrorMessage?: boolean;
  readonly attachment?: { readonly prompt?: string; readonly source_uuid?: string };
  readonly totalCostUSD?: number;
  readonly systemPrompt?: string;
}

export interface ConversationPlace {
  readonly configDir: string;
  readonly cwd: string;
  /** False with `--no-session-persistence`: nothing is written. */
  readonly persistent: boolean;
}

/** The folder of the transcripts of a working directory. */
export function transcriptFolder(configDir: string, cwd: string): string {
  return `${configDir}/projects/${cwd.replace(/[^A-Za-z0-9]/g, "-")}`;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The transcript of a session, in the folder of `cwd` or in any other one. */
export function findTranscript(place: ConversationPlace, id: string): string | undefined {
  const own = `${transcriptFolder(place.configDir, place.cwd)}/${id}.jsonl`;
  if (exists(own)) return own;
  try {
    for (const folder of Deno.readDirSync(`${place.configDir}/projects`)) {
      const path = `${place.configDir}/projects/${folder.name}/${id}.jsonl`;
      if (exists(path)) return path;
    }
  } catch {
    // No folder of projects yet.
  }
  return undefined;
}

export class Conversation {
  readonly messages: Message[] = [];
  /** The total that the session had cost when it was last left. */
  costUsd = 0;
  /** The appended system prompt that was recorded at the first start. */
  systemPrompt: string | undefined;
  #systemPromptKept = false;
  readonly #known = new Set<string>();
  #newest: readonly (string | null)[] = [];
  #path: string;
  #parent: string | null = null;

  constructor(readonly place: ConversationPlace, public id: string) {
    this.#path = `${transcriptFolder(place.configDir, place.cwd)}/${id}.jsonl`;
  }

  /** Reads a transcript; a copy of it under a new id is a fork. */
  static load(place: ConversationPlace, path: string, id: string): Conversation {
    const conversation = new Conversation(place, id);
    if (path.endsWith(`/${id}.jsonl`)) conversation.#path = path;
    let answered = true;
    for (const line of Deno.readTextFileSync(path).split("\n")) {
      const entry = parsedEntry(line);
      if (entry !== undefined) answered = conversation.#replay(entry, answered);
    }
    conversation.#mend(answered);
    return conversation;
  }

  /** Whether a prompt with this uuid is part of the conversation already. */
  knows(uuid: string): boolean {
    return this.#known.has(uuid);
  }

  prompt(content: string | readonly Block[], uuids: readonly (string | undefined)[]): void {
    const uuid = uuids.findLast((uuid) => uuid !== undefined);
    for (const uuid of uuids) if (uuid !== undefined) this.#known.add(uuid);
    this.#recordSystemPrompt();
    this.#append("user", content, uuid === undefined ? {} : { uuid, promptUuids: uuids });
  }

  /** A message of the user's that does not come from a person: results, markers, summaries. */
  user(blocks: readonly Block[], more: Record<string, unknown> = {}): void {
    this.#append("user", blocks, more);
  }

  assistant(block: Block, message: Record<string, unknown> = {}): void {
    this.#append("assistant", [block], {}, message);
  }

  /** What a person sent during the turn; the model gets it as a note of the system. */
  steer(text: string, uuid: string | undefined): void {
    if (uuid !== undefined) this.#known.add(uuid);
    this.messages.push(steeredMessage(text));
    this.#write({
      type: "attachment",
      attachment: { type: "queued_command", prompt: text, source_uuid: uuid },
    });
  }

  /** An error of the API was shown: the prompt stays, and counts as served. */
  apiError(text: string): void {
    this.#write({
      type: "assistant",
      isApiErrorMessage: true,
      message: { role: "assistant", content: [{ type: "text", text }] },
    });
  }

  note(entry: Record<string, unknown>): void {
    this.#write(entry);
  }

  saveCost(usd: number): void {
    this.costUsd = usd;
    this.#write({ type: "cost-state", totalCostUSD: usd });
  }

  /** The first appended prompt is kept with the session. */
  #recordSystemPrompt(): void {
    if (this.systemPrompt === undefined || this.#systemPromptKept) return;
    this.#systemPromptKept = true;
    this.#write({ type: "system-prompt", systemPrompt: this.systemPrompt });
  }

  compact(summary: string): void {
    this.messages.length = 0;
    this.#write({ type: "system", subtype: "compact_boundary" });
    this.#append("user", summary, {});
  }

  /** `/clear`: a new session under a new id; the old one stays where it is. */
  reset(id: string): void {
    this.id = id;
    this.#path = `${transcriptFolder(this.place.configDir, this.place.cwd)}/${id}.jsonl`;
    this.#parent = null;
    this.messages.length = 0;
    this.costUsd = 0;
  }

  #append(
    role: string,
    content: string | readonly Block[],
    more: Record<string, unknown>,
    message: Record<string, unknown> = {},
  ): void {
    this.#merge(role, content);
    this.#write({ ...more, type: role, message: { ...message, role, content } });
  }

  /** Messages of one role in a row are one message to the API. */
  #merge(role: string, content: string | readonly Block[]): void {
    const last = this.messages.at(-1);
    if (last?.role !== role) {
      this.messages.push({ role, content });
      return;
    }
    this.messages[this.messages.length - 1] = {
      role,
      content: [...blocksOf(last.content), ...blocksOf(content)],
    };
  }

  /** Takes one entry in; returns whether the newest prompt has an answer. */
  #replay(entry: Entry, answered: boolean): boolean {
    this.#parent = entry.uuid ?? this.#parent;
    if (entry.totalCostUSD !== undefined) this.costUsd = entry.totalCostUSD;
    if (entry.systemPrompt !== undefined) {
      this.systemPrompt = entry.systemPrompt;
      this.#systemPromptKept = true;
    }
    if (entry.subtype === "compact_boundary") this.messages.length = 0;
    if (entry.attachment?.prompt !== undefined) {
      this.messages.push(steeredMessage(entry.attachment.prompt));
      if (entry.attachment.source_uuid) this.#known.add(entry.attachment.source_uuid);
    }
    if (entry.isApiErrorMessage || !entry.message) return answered || !!entry.isApiErrorMessage;
    this.#merge(entry.message.role, entry.message.content);
    if (entry.type !== "user") return true;
    const isPrompt = typeof entry.message.content === "string" ||
      !entry.message.content.some((block) => block.type === "tool_result");
    if (!isPrompt) return true;
    this.#newest = entry.promptUuids ?? [];
    for (const uuid of this.#newest) if (uuid) this.#known.add(uuid);
    return this.#newest.length === 0;
  }

  /** What a killed process left open is closed, as the real one does it. */
  #mend(answered: boolean): void {
    const last = this.messages.at(-1);
    if (last?.role === "user" && !answered) {
      // A prompt that nothing answered may be sent again under the same uuid.
      for (const uuid of this.#newest) if (uuid) this.#known.delete(uuid);
      this.assistant({ type: "text", text: NO_ANSWER });
      return;
    }
    if (last?.role !== "assistant") return;
    const open = blocksOf(last.content).filter((block) => block.type === "tool_use");
    const results = open.map((block) => ({
      type: "tool_result",
      tool_use_id: block.id,
      is_error: true,
      content: UNKNOWN_OUTCOME,
    }));
    if (results.length > 0) this.user(results);
  }

  #write(entry: Record<string, unknown>): void {
    if (!this.place.persistent) return;
    const uuid = typeof entry.uuid === "string" ? entry.uuid : crypto.randomUUID();
    const line = JSON.stringify({
      parentUuid: this.#parent,
      isSidechain: false,
      ...entry,
      uuid,
      timestamp: new Date().toISOString(),
      cwd: this.place.cwd,
      sessionId: this.id,
      version: VERSION,
    });
    if (entry.message) this.#parent = uuid;
    Deno.mkdirSync(this.#path.slice(0, this.#path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(this.#path, line + "\n", { append: true });
  }
}

export function blocksOf(content: string | readonly Block[]): readonly Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function steeredMessage(text: string): Message {
  const words =
    `The user sent a new message while you were working:\n${text}\n\nThis is how Claude Code surfaces messages the user sends mid-turn.`;
  return { role: "system", content: [{ type: "text", text: words }] };
}

function parsedEntry(line: string): Entry | undefined {
  try {
    return line ? JSON.parse(line) : undefined;
  } catch {
    return undefined; // A line cut by a crash.
  }
}
