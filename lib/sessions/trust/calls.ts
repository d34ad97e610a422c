import { dirname, join, normalize } from "@std/path";
import { type DirectoryFiles, textOf } from "./files.ts";
import type { Calls } from "./thing.ts";
import {
  isComputed,
  isOfMachine,
  looksLikeCode,
  looksLikePath,
  readCommand,
  runnerIn,
} from "./words.ts";

/** Scripts that call scripts, further than that, are not looked into. */
const MOST_SCRIPTS = 30;
/** A longer command is not looked into. */
const LONGEST = 20_000;
/** Words of a command, and of what it calls, that are looked at. */
const MOST_WORDS = 3_000;
/** Names that can stand in a command of ours and in a line of the chat as they are. */
const PLAIN = /^[\w@+=:,. \-/]+$/;

/**
 * The files of the directory that a command starts, with what they start in turn, as far as their text
 * shows it; what goes further is said in words.
 */
export async function callsOf(command: string, files: DirectoryFiles): Promise<Calls> {
  if (command.length > LONGEST) return { files: [], loose: ["is longer than I look into"] };
  const { words, isRun, loose } = readCommand(command, files.root);
  const calls = new Collected(files);
  calls.loose.push(...loose);
  for (const word of words) await calls.word(word, "", isRun(word));
  return { files: calls.found, loose: [...new Set(calls.loose)] };
}

/** What values of variables name of the directory: that is never held. */
export async function looseIn(
  values: readonly string[],
  files: DirectoryFiles,
): Promise<string[]> {
  const all = await Promise.all(
    values.map((value) => callsOf(value.replaceAll(/:(?!\/\/)/g, " "), files)),
  );
  return all.flatMap((calls) => [...calls.files.map((file) => `names ${file}`), ...calls.loose]);
}

class Collected {
  readonly found: string[] = [];
  readonly loose: string[] = [];
  #left = MOST_WORDS;

  constructor(readonly files: DirectoryFiles) {}

  say(why: string): void {
    this.loose.push(why);
  }

  /** @param from the folder that the word may be relative to, beside the directory. */
  async word(word: string, from: string, isRun: boolean): Promise<void> {
    if (this.#left-- <= 0) return this.say("names more than I look into");
    if (word.startsWith("-") || word.includes("://") || word.length > 500) return;
    const { root } = this.files;
    const inside = word === root
      ? "."
      : word.startsWith(`${root}/`)
      ? word.slice(root.length + 1)
      : word;
    if (isRun && isComputed(inside)) return this.say(`runs ${inside}, which a variable decides`);
    if (/^[/~]/.test(inside)) {
      if (isRun && !isOfMachine(normalize(inside))) {
        this.say(`runs ${inside}, outside of the directory`);
      }
      return;
    }
    if (/[*?[\]$]/.test(inside)) return await this.#pattern(inside);
    const paths = new Set([inside, join(from, inside)].map((path) => normalize(path)));
    for (const path of paths) if (await this.#path(path)) return;
    if (looksLikePath(inside)) this.say(`names ${inside}, which is not there`);
  }

  /** @returns whether there is something. */
  async #path(path: string): Promise<boolean> {
    if (path === "." || path === "./") return true;
    if (path.startsWith("..")) {
      this.say(`names ${path}, outside of the directory`);
      return true;
    }
    const name = path.replace(/\/$/, "");
    const kind = await this.files.kind(name);
    if (kind === null) return false;
    if (kind === "file") await this.#file(name);
    else if (kind === "directory") this.say(`names the folder ${name}`);
    else this.say(`names ${name}, which is a link`);
    return true;
  }

  /** A pattern, or a variable, that may stand for files of the directory. */
  async #pattern(word: string): Promise<void> {
    const head = word.slice(0, word.search(/[*?[\]$]/));
    const folder = head.slice(0, head.lastIndexOf("/") + 1).replace(/\/$/, "");
    if (folder === "" || folder === ".") {
      if (/^\.?\/?[*?[]/.test(word) && /[*?]/.test(word)) this.say(`names the pattern ${word}`);
      return;
    }
    if (await this.files.kind(normalize(folder)) !== null) this.say(`names the pattern ${word}`);
  }

  async #file(path: string): Promise<void> {
    if (this.found.includes(path)) return;
    if (!PLAIN.test(path)) return this.say("names a file with unusual characters in its name");
    if (this.found.length >= MOST_SCRIPTS) return this.say("calls more scripts than I look into");
    const bytes = await this.files.bytes(path);
    if (bytes === null) return;
    this.found.push(path);
    const { paths, loose } = namedIn(path, textOf(bytes), this.files.root);
    for (const why of loose) this.say(`${path} ${why}`);
    for (const each of paths) await this.word(each, dirname(path), true);
  }
}

// What a script itself calls, as far as its text shows. A script that hides it was shown whole.

/** What the text of a script names. */
interface Named {
  /** Paths as they stand there, relative to the script or to the directory. */
  readonly paths: readonly string[];
  /** Why it may call what cannot be held. */
  readonly loose: readonly string[];
}

/** A longer script is not looked into. */
const LONGEST_SCRIPT = 200_000;
/** A longer first line names no interpreter. */
const LONGEST_HEAD = 200;

/** An ending that files are told apart by. */
const ENDING = /^\*{0,2}\/?\*?\.\w+$/;

type Language = "shell" | "javascript" | "python" | "unknown";

function languageOf(path: string, text: string): Language {
  const interpreter =
    /^#!.*?([\w.-]+)(?:\s+-\S+)*\s*$/m.exec(text.slice(0, LONGEST_HEAD).split("\n", 1)[0]!)?.[1] ??
      "";
  if (/^(?:ba|da|z|k|a)?sh$/.test(interpreter) || /\.(?:ba|z)?sh$/.test(path)) return "shell";
  if (/^node/.test(interpreter) || /\.[mc]?js$/.test(path)) return "javascript";
  if (/^python/.test(interpreter) || /\.py$/.test(path)) return "python";
  return "unknown";
}

const BY_ITS_PLACE = /\$\{?0\b|BASH_SOURCE|__dirname|__filename|__file__|import\.meta/;

/** What a script names. `text` is null where it is none. */
function namedIn(path: string, text: string | null, project: string): Named {
  if (text === null) return { paths: [], loose: ["is a program whose calls cannot be seen"] };
  if (text.length > LONGEST_SCRIPT) return { paths: [], loose: ["is longer than I look into"] };
  const language = languageOf(path, text);
  const place = BY_ITS_PLACE.test(text) ? ["looks for other files beside itself"] : [];
  switch (language) {
    case "shell":
      return shell(text, project, place);
    case "javascript":
      return javascript(text, place);
    case "python":
      return python(text, place);
    case "unknown":
      return { paths: [], loose: ["is in a language that I cannot look into"] };
    default:
      return language satisfies never;
  }
}

function shell(text: string, project: string, place: string[]): Named {
  const code = text.replace(/^[ \t]*#.*$/gm, "");
  const { words, isRun, loose } = readCommand(code, project);
  // What has no such ending is data, as far as one can see, unless something shows that it is run.
  const paths = words.filter((word) =>
    (isRun(word) && !ENDING.test(word)) || /^\.{1,2}\//.test(word)
  );
  return { paths: [...new Set(paths)], loose: [...place, ...loose] };
}

const IMPORTS =
  /\bfrom\s*["']([^"']+)["']|\bimport\s*(?:\(\s*)?["']([^"']+)["']|\brequire\s*\(\s*["']([^"']+)["']/g;
const COMPUTED = /\b(?:import|require)\s*\(\s*(?!["'\s])/;

/** Modules of Node itself; whatever lies in the directory, these are meant. */
const BUILTIN = new Set(
  ("assert buffer child_process console crypto dgram dns events fs fs/promises http http2 https net os " +
    "path perf_hooks process querystring readline readline/promises stream stream/promises " +
    "string_decoder timers timers/promises tls tty url util vm worker_threads zlib").split(" "),
);

function javascript(text: string, place: string[]): Named {
  const imported = [...text.matchAll(IMPORTS)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  const other = imported.filter((name) => !name.startsWith("node:") && !BUILTIN.has(name));
  const loose = other.map((name) => `imports ${name}`);
  if (COMPUTED.test(text)) loose.push("imports what it computes");
  const named = literals(text).filter((why) => !other.some((name) => why === `names ${name}`));
  return { paths: [], loose: [...loose, ...place, ...named] };
}

/** Python looks for a module beside the script first, so that a new file there would be taken. */
function python(text: string, place: string[]): Named {
  const [, from, plain] =
    /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w.]+))/m.exec(text) ?? [];
  const module = from ?? plain;
  const loose = module === undefined ? [] : [`imports ${module}, which Python looks for beside it`];
  return { paths: [], loose: [...loose, ...place, ...literals(text)] };
}

/** Scripts that stand in a text as a literal. */
function literals(text: string): string[] {
  const found = [...text.matchAll(/["'`]([^"'`\n]{1,200})["'`]/g)].map(([, literal]) =>
    literal ?? ""
  );
  const paths = found.filter((each) =>
    looksLikeCode(each) && !/\s/.test(each) && !ENDING.test(each)
  );
  const runner = runnerIn(found);
  return [
    ...[...new Set(paths)].map((path) => `names ${path}`),
    ...(runner === undefined ? [] : [`starts ${runner}, which runs what the directory says`]),
  ];
}
