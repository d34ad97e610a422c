/** The shape of `lib/`, held by tests: which part may know which, and how long things get. */
import { assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { dirname, fromFileUrl, join, normalize, relative } from "@std/path";

const LIB = fromFileUrl(new URL("../lib", import.meta.url));
const LONGEST_FILE = 400;
const SHORTEST_FILE = 40;
const LONGEST_FUNCTION = 60;

/** Files longer or shorter than the rest, by path, and functions, as `path: function` → why. */
const REASONS: Readonly<Record<string, string>> = {
  "app/unhandled.ts": "one concept, beside the run that it outlives",
  "errors.ts": "one concept that every folder uses",
  "homelab/charts/png.ts": "loaded with the first picture, since it brings the program that draws",
  "host.ts": "one concept that every folder uses",
  "sessions/mutex.ts": "one concept that sessions and their trust use",
  "telegram/features/in_session.ts": "what every command about a session is made with",
  "telegram/features/running.ts": "what handlers ask of processes, beside their context",
  "telegram/text/diff.ts": "the one use of a package, with its bound",
};

/** The door of a folder is as short as what the folder shows. */
const isDoor = (path: string) => path.endsWith("/mod.ts");

/**
 * Short files that are still to be joined to the concept that they belong to. The list only shrinks:
 * an entry that is not needed any more fails the test.
 */
const DEBT: readonly string[] = [
  "telegram/features/words.ts",
];

/** What a folder may import beside itself and {@linkcode EVERYBODYS}. */
const MAY_IMPORT: Readonly<Record<string, string[]>> = {
  app: [
    ...["telegram/", "schedule/", "conversation/", "sessions/", "claude/", "homelab/", "journal/"],
    "settings/",
  ],
  claude: [],
  cli: ["app/", "settings/", ...["journal/mod.ts", "telegram/mod.ts"]],
  conversation: ["journal/", "claude/events.ts"],
  homelab: [],
  journal: [],
  log: [],
  schedule: ["homelab/", "conversation/", "journal/", "claude/events.ts"],
  sessions: ["journal/"],
  // Each kind of probe brings its own settings; the homelab knows nothing of the others.
  settings: ["homelab/probes.ts"],
  telegram: [
    ...["conversation/", "sessions/", "homelab/", "journal/"],
    ...["claude/events.ts", "claude/running.ts"],
  ],
};

/** Small things without a part of their own, for every folder: the files of `lib/` itself, and the log. */
const EVERYBODYS = [
  "clock.ts",
  "errors.ts",
  "host.ts",
  "level.ts",
  "log/mod.ts",
  "programs.ts",
  "sharing.ts",
  "text.ts",
  "units.ts",
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
}

async function sources(): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { path } of walk(LIB, { exts: [".ts"], includeDirs: false })) {
    if (path.endsWith(".d.ts")) continue;
    found.push({ path: relative(LIB, path), text: await Deno.readTextFile(path) });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** The imports of our own files; those of packages go through the names in `deno.json`. */
function importsOf({ path, text }: Source): Import[] {
  const code = text.replace(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s)?([^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...statements].flatMap(([, type, names = "", specifier, dynamic]) => {
    const to = specifier ?? dynamic ?? "";
    if (!to.startsWith(".")) return [];
    const listed = /\{([^}]*)\}/.exec(names)?.[1]?.split(",").map((name) => name.trim()) ?? [];
    const eachType = listed.filter((name) => name !== "").every((name) => name.startsWith("type "));
    const typesOnly = type !== undefined || (listed.length > 0 && eachType);
    return [{ from: path, to: normalize(join(dirname(path), to)), typesOnly }];
  });
}

function isAllowed({ from, to }: Import): boolean {
  const folder = from.includes("/") ? from.split("/")[0] ?? "" : null;
  if (folder !== null && to.startsWith(`${folder}/`)) return true;
  if (EVERYBODYS.includes(to)) return true;
  const allowed = folder === null ? [] : MAY_IMPORT[folder] ?? [];
  return allowed.some((entry) => entry === to || (entry.endsWith("/") && to.startsWith(entry)));
}

Deno.test("structure: every import in lib/ goes the way that the design draws", async () => {
  const wrong = (await sources()).flatMap(importsOf).filter((found) => !isAllowed(found));
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

/** The rooms of the chat, from the top to the ground; what lies beside them is for all of them. */
const CHAT = ["inbox", "features", "views", "outbox", "incoming", "api", "text"];

/** How far below the top of `telegram/` a file lies. */
function depthOf(path: string): number {
  if (path === "telegram/mod.ts") return -1;
  const [, room = ""] = path.split("/");
  const depth = CHAT.indexOf(room);
  return depth === -1 ? CHAT.length : depth;
}

/** What handlers work with: it names, as types alone, what is in the rooms above it. */
const CONTEXT = "telegram/context.ts";

Deno.test("structure: the rooms of the chat know only what is below them", async () => {
  const within = (await sources()).flatMap(importsOf).filter(({ from, to }) =>
    from.startsWith("telegram/") && to.startsWith("telegram/")
  );
  const wrong = within.filter(({ from, to, typesOnly }) =>
    from === CONTEXT ? !typesOnly : depthOf(from) > depthOf(to)
  );
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

/** Of which other features a feature uses something. It only shrinks. */
const FEATURES_KNOW: Readonly<Record<string, string[]>> = {
  info: ["trust"],
  offers: ["settings"],
  queue: ["requests"],
  schedule: ["homelab"],
  sessions: ["queue", "trust"],
};

Deno.test("structure: a feature of the chat keeps to itself", async () => {
  const featureOf = (path: string) => /^telegram\/features\/(\w+)\//.exec(path)?.[1];
  const arrows = (await sources()).flatMap(importsOf).flatMap(({ from, to }) => {
    const [a, b] = [featureOf(from), featureOf(to)];
    return a === undefined || b === undefined || a === b ? [] : [`${a} → ${b}`];
  });
  const known = Object.entries(FEATURES_KNOW).flatMap(([a, all]) => all.map((b) => `${a} → ${b}`));
  assertEquals([...new Set(arrows)].sort(), known.sort());
});

Deno.test("structure: no circle of imports, between files or between folders", async () => {
  const imports = (await sources()).flatMap(importsOf);
  const between = (name: (path: string) => string) =>
    circles(imports.map(({ from, to }) => [name(from), name(to)]));
  assertEquals(between((path) => path), []);
  assertEquals(between(roomOf), []);
});

/** The folder of `lib/` that a file is in; what lies in `lib/` itself is the ground. */
const roomOf = (path: string) => path.includes("/") ? path.split("/")[0]! : "the ground";

/** What reaches itself along `arrows`, in groups that all reach each other. */
function circles(arrows: readonly (readonly [string, string])[]): string[][] {
  const next = Map.groupBy(arrows.filter(([from, to]) => from !== to), ([from]) => from);
  const reachable = new Map<string, Set<string>>();
  for (const start of next.keys()) {
    const seen = new Set<string>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const [, to] of next.get(at) ?? []) {
        if (!seen.has(to)) open.push(to);
        seen.add(to);
      }
    }
    reachable.set(start, seen);
  }
  const reaches = (from: string, to: string) => reachable.get(from)?.has(to) ?? false;
  const groups = [...next.keys()].filter((each) => reaches(each, each)).map((each) =>
    [...next.keys()].filter((other) => reaches(each, other) && reaches(other, each)).sort()
  );
  return [...new Map(groups.map((group) => [group.join(" "), group])).values()];
}

Deno.test("structure: a circle is found however long it is", () => {
  const arrows = [["a", "b"], ["b", "c"], ["c", "a"], ["c", "d"], ["e", "e"]] as const;
  assertEquals(circles(arrows), [["a", "b", "c"]]);
  assertEquals(circles([["a", "b"], ["b", "c"], ["a", "c"]]), []);
});

Deno.test("structure: every folder of lib/ has its place in the design", async () => {
  const folders = (await sources()).filter(({ path }) => path.includes("/"))
    .map(({ path }) => path.split("/")[0] ?? "");
  assertEquals([...new Set(folders)].filter((folder) => !Object.hasOwn(MAY_IMPORT, folder)), []);
});

Deno.test("structure: the rules see through the ways to write an import", () => {
  const text = [
    'import type { Settings } from "../settings/mod.ts";',
    "import {",
    "  type A,",
    "  type B,",
    '} from "../settings/mod.ts";',
    'import { loadSettings, type Settings } from "../settings/mod.ts";',
    'export * from "../claude/mod.ts";',
    'import "../claude/process.ts";',
    ' * import { x } from "../app/run.ts";',
    'const late = await import("../claude/late.ts");',
    'import { z } from "zod";',
    'import { TurnEvent } from "../claude/events.ts";',
  ].join("\n");
  const found = importsOf({ path: "telegram/x.ts", text });
  assertEquals(found.map(({ to, typesOnly }) => `${to} ${typesOnly ? "types" : "values"}`), [
    "settings/mod.ts types",
    "settings/mod.ts types",
    "settings/mod.ts values",
    "claude/mod.ts values",
    "claude/process.ts values",
    "claude/late.ts values",
    "claude/events.ts values",
  ]);
  const expected = [false, false, false, false, false, false, true];
  assertEquals(found.map(isAllowed), expected);
});

Deno.test("structure: a file over 400 or under 40 lines has its reason", async () => {
  const unfit = (await sources())
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ path, lines }) => lines > LONGEST_FILE || (lines < SHORTEST_FILE && !isDoor(path)));
  const excused = [...Object.keys(REASONS).filter((place) => !place.includes(": ")), ...DEBT];
  const wrong = unfit.filter(({ path }) => !excused.includes(path));
  assertEquals(wrong.map(({ path, lines }) => `${path} has ${lines} lines`), []);
  const needless = excused.filter((path) => !unfit.some((each) => each.path === path));
  assertEquals(needless.map((path) => `${path} needs no entry any more: take it out`), []);
});

Deno.test("structure: no function in lib/ is longer than 60 lines", async () => {
  const long = (await sources()).flatMap(({ path, text }) =>
    functionsOf(text)
      .filter(({ lines }) => lines > LONGEST_FUNCTION)
      .map(({ name, lines }) => ({ place: `${path}: ${name}`, lines }))
  ).filter(({ place }) => !Object.hasOwn(REASONS, place));
  assertEquals(long, []);
});

/** How `deno fmt` begins the line of a function: by its keyword, as an arrow, or as a method. */
const KEYWORD = /^(?:export )?(?:default )?(?:async )?function\b\*?\s*([\w$]*)/;
const ARROW = /^(.*)=> \{$/;
const METHOD =
  /^(?:(?:static|async|override|private|protected|public|get|set) )*\*?([#\w$[\].]+)(?:<.*>)?\(/;
const NO_METHOD = /^(?:if|for|while|switch|catch|return|await|function|super|throw|with)$/;

interface Measured {
  readonly name: string;
  readonly lines: number;
}

/**
 * The functions of formatted source: one begins at its signature and ends at the next line of the
 * same indentation that closes a brace and opens none.
 */
function functionsOf(text: string): Measured[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const indent = line.search(/\S/);
    if (indent < 0) return [];
    const name = functionName(lines, start, indent);
    if (name === null) return [];
    const end = nextAt(lines, start, indent, (code) => code.startsWith("}") && !code.endsWith("{"));
    return end === null ? [] : [{ name, lines: end - start + 1 }];
  });
}

function functionName(lines: readonly string[], start: number, indent: number): string | null {
  const code = (lines[start] ?? "").slice(indent);
  const keyword = KEYWORD.exec(code);
  if (keyword !== null) return keyword[1] ?? "";
  const arrow = ARROW.exec(code);
  if (arrow !== null) return (arrow[1] ?? "").trim();
  const method = METHOD.exec(code)?.[1] ?? null;
  if (method === null || NO_METHOD.test(method)) return null;
  if (/\)(?:: .*)? \{$/.test(code)) return method;
  if (!code.endsWith("(")) return null;
  const next = nextAt(lines, start, indent, () => true);
  return next !== null && /^\)(?:: .*)? \{$/.test((lines[next] ?? "").slice(indent))
    ? method
    : null;
}

/** The next line at `indent` that is not deeper and that `wanted` accepts. */
function nextAt(
  lines: readonly string[],
  start: number,
  indent: number,
  wanted: (code: string) => boolean,
): number | null {
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line.search(/\S/) === indent && wanted(line.slice(indent))) return index;
  }
  return null;
}

Deno.test("structure: functions are measured from their signature to their closing brace", () => {
  const text = `
export async function first(
  a: string,
): Promise<void> {
  if (a) {
    b();
  }
}

class Thing {
  async #second<T>(x: T): Promise<T> {
    return await x;
  }

  third(
    { a, b }: Options,
  ): void {
    call(
      a,
    );
  }

  get fourth(): number {
    return 4;
  }

  async *[Symbol.asyncIterator]() {
    yield 5;
  }
}

export const sixth = (x: number) => {
  for (const y of x) {
    z();
  }
};

function seventh({
  a,
}: Options): void {
  a();
}
`;
  assertEquals(functionsOf(text).map(({ name, lines }) => `${name} ${lines}`), [
    "first 7",
    "#second 3",
    "third 7",
    "fourth 3",
    "[Symbol.asyncIterator] 3",
    "export const sixth = (x: number) 5",
    "seventh 5",
  ]);
});
