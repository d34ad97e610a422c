/** What the documents say of the code is so: links lead to files, and names to what bears them. */
import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { fromFileUrl, join, normalize, relative } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { SCHEMA } from "../lib/journal/schema.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const MAP = "docs/ARCHITECTURE.md";
const WORK = "CONTRIBUTING.md";

/** Gives the text of a file of the project; null for one that is not there. */
type Read = (path: string) => Promise<string | null>;

interface Document {
  readonly path: string;
  readonly text: string;
}

async function readFile(path: string): Promise<string | null> {
  const full = join(ROOT, path);
  if (!await exists(full)) return null;
  return (await Deno.stat(full)).isDirectory ? "" : await Deno.readTextFile(full);
}

async function documents(): Promise<Document[]> {
  const paths = ["README.md", WORK];
  for await (const { name } of Deno.readDir(join(ROOT, "docs"))) {
    if (name.endsWith(".md")) paths.push(`docs/${name}`);
  }
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await Deno.readTextFile(join(ROOT, path)) })),
  );
}

const withoutFences = (text: string) => text.replace(/^ *(```|~~~)[^]*?^ *\1/gm, "");

const LINK = /\[([^\]]*)\]\(([^)\s]+)\)/g;
const IMAGE = /\bsrc="([^"]+)"/g;
const NAME = /^#?[\w$]+(?:\.#?[\w$]+)*$/;
/** A folder or file of the project, as it is named in running text. */
const PATH = /`((?:lib|tests|docs|tasks)\/[\w./-]*)`/g;

/** The faults of one document, in words. */
async function faultsOf({ path, text }: Document, others: Read): Promise<string[]> {
  const read: Read = async (name) => name === path ? text : await others(name);
  const prose = withoutFences(text);
  const links = [...prose.matchAll(LINK)].map(([, label = "", to = ""]) => ({ label, to }));
  const images = [...prose.matchAll(IMAGE)].map(([, to = ""]) => ({ label: "", to }));
  const named = [...prose.matchAll(PATH)].map(([, name = ""]) => name);
  const faults = [
    ...await Promise.all([...links, ...images].map((link) => faultOf(link, path, read))),
    ...await Promise.all(
      named.map(async (name) =>
        await read(name) === null ? `names \`${name}\`, which is not there` : null
      ),
    ),
  ];
  return faults.filter((fault) => fault !== null).map((fault) => `${path} ${fault}`);
}

async function faultOf(
  { label, to }: { readonly label: string; readonly to: string },
  from: string,
  read: Read,
): Promise<string | null> {
  if (/^[a-z]+:/.test(to)) return null;
  const [file = "", heading] = to.split("#");
  const target = file === "" ? from : normalize(join(from, "..", file));
  const text = target.startsWith("..") ? null : await read(target);
  if (text === null) return `leads to '${to}', which is not there`;
  if (heading !== undefined && !headingsOf(text).includes(heading)) {
    return `leads to '${to}', and no heading there is that`;
  }
  const name = /^`([^`]+)`$/.exec(label)?.[1];
  if (name === undefined || fits(name, target, text)) return null;
  return `says that \`${name}\` is in '${target}', and it is not`;
}

/** Whether a file is what a link calls it, or declares what a link names. */
function fits(name: string, target: string, text: string): boolean {
  if (name.includes("/") || /\.(ts|md|json)$/.test(name)) {
    return `/${target}`.endsWith(`/${name.replace(/\/$/, "")}`);
  }
  return NAME.test(name) && name.split(".").every((part) => declares(text, part));
}

function declares(text: string, name: string): boolean {
  const word = name.replace("$", "\\$");
  return [
    String.raw`\b(?:function\*?|const|let|class|interface|type) ${word}\b`,
    // A method, in a class, an interface or an object.
    String
      .raw`^ +(?:(?:static|async|override|get|set|readonly) )*\*?${word}(?:<.*>)?\((?:.*\{|.*\): .*;)?$`,
    // A property, or a function in an object.
    String.raw`^ +(?:(?:static|readonly) )*${word}\??(?:: | = |,$)`,
    String.raw`^CREATE TABLE ${word} `,
  ].some((pattern) => new RegExp(pattern, "m").test(text));
}

/** The addresses of a document's headings, as GitHub makes them. */
const headingsOf = (text: string): string[] =>
  [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, words = ""]) =>
    words.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );

Deno.test("docs: every link leads to a file, and what it names is declared there", async () => {
  const faults = await Promise.all((await documents()).map((each) => faultsOf(each, readFile)));
  assertEquals(faults.flat(), []);
});

Deno.test("docs: a link that leads nowhere and a name that is gone are found", async () => {
  const files: Readonly<Record<string, string>> = {
    "lib": "",
    "lib/a.ts": [
      "export async function run(): Promise<void> {",
      "  stop(1);",
      "}",
      "class Router {",
      "  async #serve(update: Update): Promise<void> {",
      "  }",
      "}",
    ].join("\n"),
  };
  const read = (path: string) => Promise.resolve(files[normalize(path).replace(/\/$/, "")] ?? null);
  const said = async (text: string) =>
    (await faultsOf({ path: "docs/x.md", text }, read)).length === 0;
  for (
    const good of [
      "[`run`](../lib/a.ts)",
      "[`Router.#serve`](../lib/a.ts)",
      "[`lib/a.ts`](../lib/a.ts) [words](../lib/a.ts)",
      "[there](https://example.org/x)",
      "# A heading, here\n[see](#a-heading-here)",
      "`lib/` and `lib/a.ts`",
      "```\n[`gone`](../lib/gone.ts)\n```",
    ]
  ) assertEquals([good, await said(good)], [good, true]);
  for (
    const bad of [
      "[`run`](../lib/b.ts)",
      "[words](../../a.ts)",
      "[`stop`](../lib/a.ts)", // It is called there, and declared elsewhere.
      "[`Router.#serves`](../lib/a.ts)",
      "[`lib/b.ts`](../lib/a.ts)",
      "[`a b`](../lib/a.ts)",
      "[see](#nowhere)",
      "`lib/b.ts`",
      '<img src="b.png">',
    ]
  ) assertEquals([bad, await said(bad)], [bad, false]);
});

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, path));
}

Deno.test("docs: the map names each folder of lib/ and each table of the journal", async () => {
  const map = await textOf(MAP);
  const folders: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, "lib"))) {
    if (isDirectory) folders.push(relative(ROOT, join(ROOT, "lib", name)));
  }
  assertEquals(folders.filter((folder) => !map.includes(`${folder}/`)), []);
  const tables = [...SCHEMA.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name);
  assertEquals(tables.filter((table) => !map.includes(`- [\`${table}\`](`)), []);
});

Deno.test("docs: whoever works here finds each task", async () => {
  const work = await textOf(WORK);
  const tasks = Object.keys(config.tasks);
  assertEquals(tasks.filter((task) => !new RegExp(`deno task ${task}[\` ]`).test(work)), []);
});
