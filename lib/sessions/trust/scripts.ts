/** What a script itself calls, as far as its text shows. A script that hides it was shown whole. */
import { looksLikeCode, readCommand, runnerIn } from "./words.ts";

/** What the text of a script names. */
export interface Named {
  /** Paths as they stand there, relative to the script or to the directory. */
  readonly paths: readonly string[];
  /** Why it may call what cannot be held. */
  readonly loose: readonly string[];
}

/** A longer script is not looked into. */
const LONGEST = 200_000;
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
export function namedIn(path: string, text: string | null, project: string): Named {
  if (text === null) return { paths: [], loose: ["is a program whose calls cannot be seen"] };
  if (text.length > LONGEST) return { paths: [], loose: ["is longer than I look into"] };
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
  /\b(?:import|export)\b[^'"`;()]{0,500}?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']|\brequire\s*\(\s*["']([^"']+)["']/g;
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
