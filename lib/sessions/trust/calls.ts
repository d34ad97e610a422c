import { dirname, join, normalize } from "@std/path";
import { type DirectoryFiles, textOf } from "./files.ts";
import { namedIn } from "./scripts.ts";
import type { Calls } from "./thing.ts";
import { isComputed, isOfMachine, looksLikePath, readCommand } from "./words.ts";

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
