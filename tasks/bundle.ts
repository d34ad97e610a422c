/** The program as a few files for `deno compile`: its modules and packages in one, and what stays a file. */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { fromFileUrl, join, relative } from "@std/path";

export const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** The renderer of charts, read when the first is drawn; inside the bundle it would be text, and parsed. */
const WASM = "@resvg/resvg-wasm/wasm";
const FONTS = "lib/homelab/charts/fonts";

export interface Bundle {
  /** The file to compile, and what has to be embedded with it; both within the bundle's directory. */
  readonly entry: string;
  readonly include: readonly string[];
}

/** Runs Deno; what it has to say it says on the terminal. Throws when it fails. */
export async function deno(cwd: string, args: readonly string[]): Promise<void> {
  const { code } = await command(cwd, args).spawn().status;
  if (code !== 0) throw new Error(`'deno ${args[0]}' failed with code ${code}.`);
}

/**
 * An executable that is compiled with `OTEL_DENO` sends its console to a collector at each start,
 * past its own net permission (Deno 2.6.8): nothing of that kind reaches Deno.
 */
function command(cwd: string, args: readonly string[]): Deno.Command {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("OTEL_"));
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: Object.fromEntries(env),
    clearEnv: true,
  });
}

/**
 * Writes the program into `dir`. An executable reads every package that is embedded as files at each of
 * its starts (Deno 2.6.8), and every character of a bundle, of its source map too: so that has lines
 * only, which is what the log needs to name our files.
 */
export async function bundle(dir: string): Promise<Bundle> {
  const files = [WASM, "*.ttf"].flatMap((name) => ["--external", name]);
  await deno(ROOT, [
    ...["bundle", "--quiet", "--code-splitting", "--sourcemap=inline", ...files],
    ...["--outdir", dir, "main.ts"],
  ]);
  for await (const { name } of Deno.readDir(dir)) await lighten(join(dir, name), dir);
  await copyFiles(join(ROOT, FONTS), join(dir, "fonts"));
  await copyFiles(join(ROOT, "personas"), join(dir, "personas"));
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const lock: Lock = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock")));
  await writeLicenses(lock, join(dir, "licenses"));
  await Deno.writeTextFile(
    join(dir, "deno.json"),
    JSON.stringify({ imports: { [WASM]: imports[WASM] }, unstable: ["raw-imports"] }),
  );
  await Deno.writeTextFile(join(dir, "deno.lock"), JSON.stringify(lockOfOne(lock, imports[WASM])));
  return { entry: "main.js", include: ["personas", "licenses"] };
}

async function copyFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** A source map, version 3 (ECMA-426), as far as it is used here. */
interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly mappings: string;
}

const INLINE_MAP = "//# sourceMappingURL=data:application/json;base64,";

/**
 * Makes a file of the bundle small in memory: its map without columns and texts, its paths without
 * those of the machine that compiles, and no character above ASCII, for which V8 keeps two bytes each.
 */
async function lighten(path: string, dir: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  const at = text.lastIndexOf(INLINE_MAP);
  if (at === -1) throw new Error(`'${path}' has no source map.`);
  const map: SourceMap = JSON.parse(atob(text.slice(at + INLINE_MAP.length).trim()));
  const lines = decode(map.mappings).map((segments) => {
    const first = segments.find((segment) => segment.length > 1);
    return first === undefined
      ? []
      : [[0, first[1]!, first[2]!, 0] as [number, number, number, number]];
  });
  const light = {
    version: map.version,
    sources: map.sources.map((source) => shortPath(join(dir, source))),
    names: [],
    mappings: encode(lines),
  };
  const code = text.slice(0, at).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  await Deno.writeTextFile(path, `${code}${INLINE_MAP}${btoa(JSON.stringify(light))}\n`);
}

/** A file of ours as in the source, one of a package from its name on. */
function shortPath(path: string): string {
  const ours = relative(ROOT, path);
  if (!ours.startsWith("..")) return ours;
  return path.replace(/^.*\/npm\/[^/]+\//, "npm/");
}

/** The parts of `deno.lock`, version 5, that are read here. */
interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, { readonly dependencies?: readonly string[] }>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

/** The lock with the one package of `specifier`: what is locked is embedded, needed or not (2.6.8). */
function lockOfOne(lock: Lock, specifier: string): Lock {
  const specifiers = Object.entries(lock.specifiers).filter(([name]) => specifier.startsWith(name));
  return {
    ...lock,
    specifiers: Object.fromEntries(specifiers),
    workspace: { dependencies: specifiers.map(([name]) => name) },
  };
}

/** The licence of every package that is in the bundle, each in a file of its name. */
async function writeLicenses(lock: Lock, dir: string): Promise<void> {
  await Deno.mkdir(dir);
  await Deno.copyFile(join(ROOT, "LICENSE"), join(dir, "switchboard.txt"));
  await Deno.copyFile(join(ROOT, FONTS, "LICENSE"), join(dir, "DejaVu.txt"));
  const { stdout } = await command(ROOT, ["info", "--json"]).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  for (const name of packagesOf(lock)) {
    const text = await licenseOf(npmCache, name);
    await Deno.writeTextFile(join(dir, `${name.replaceAll("/", "+")}.txt`), text);
  }
}

/** The packages that the program imports, and theirs, as `name@version`. */
function packagesOf({ specifiers, npm, workspace }: Lock): Set<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    const [full] = Object.keys(npm).filter((each) => each === name || each.startsWith(`${name}@`));
    if (full === undefined || found.has(full)) return;
    found.add(full);
    for (const dependency of npm[full]?.dependencies ?? []) add(dependency);
  };
  for (const specifier of workspace.dependencies) {
    const name = specifier.slice("npm:".length, specifier.lastIndexOf("@"));
    add(`${name}@${specifiers[specifier]}`);
  }
  return found;
}

/** The text of a package's licence, from Deno's cache, which has a folder for each registry. */
async function licenseOf(cache: string, name: string): Promise<string> {
  const at = name.indexOf("@", 1);
  const version = name.slice(at + 1).split("_")[0]!;
  for await (const registry of Deno.readDir(cache)) {
    const dir = join(cache, registry.name, name.slice(0, at), version);
    const files = await Array.fromAsync(Deno.readDir(dir)).catch(() => []); // Not of this registry.
    const file = files.find(({ name }) => /^licen[cs]e/i.test(name));
    if (file !== undefined) return await Deno.readTextFile(join(dir, file.name));
    const { license } = files.length === 0
      ? { license: undefined }
      : JSON.parse(await Deno.readTextFile(join(dir, "package.json")));
    if (typeof license === "string") return `${license}\n`;
  }
  throw new Error(`The licence of ${name} was not found.`);
}
