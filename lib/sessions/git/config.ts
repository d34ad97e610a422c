/**
 * A grammar of `.git/config` that takes only what cannot make git run a command, read elsewhere or
 * talk to somebody new. What it does not know is not harmless (git 2.47, `git help config`).
 */

interface Setting {
  readonly section: string;
  readonly subsection: string | null;
  readonly key: string;
  /** null where no value is given: true. */
  readonly value: string | null;
}

const words = (list: string) => new Set(list.trim().split(/\s+/));

/** By section, without a subsection. */
const PLAIN: Readonly<Record<string, ReadonlySet<string>>> = {
  core: words(`repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode
    symlinks autocrlf eol safecrlf quotepath abbrev compression sharedrepository untrackedcache
    preloadindex trustctime checkstat bigfilethreshold sparsecheckout sparsecheckoutcone commitgraph
    longpaths whitespace commentchar protecthfs protectntfs`),
  extensions: words("objectformat refstorage preciousobjects compatobjectformat worktreeconfig"),
  user: words("name email signingkey useconfigonly"),
  author: words("name email"),
  committer: words("name email"),
  init: words("defaultbranch"),
  pull: words("rebase ff"),
  push: words("default autosetupremote followtags"),
  fetch: words("prune prunetags"),
  merge: words("ff conflictstyle renames log"),
  rebase: words("autosquash autostash updaterefs stat"),
  rerere: words("enabled autoupdate"),
  commit: words("gpgsign verbose cleanup status"),
  tag: words("gpgsign sort"),
  branch: words("autosetupmerge autosetuprebase sort"),
  checkout: words("defaultremote guess"),
  diff: words(`renames renamelimit algorithm colormoved colormovedws mnemonicprefix noprefix context
    interhunkcontext wserrorhighlight indentheuristic`),
  log: words("date decorate follow abbrevcommit"),
  status: words("showuntrackedfiles short branch relativepaths showstash"),
  color: words("ui status diff branch interactive pager"),
  column: words("ui status branch tag"),
  gc: words("auto autopacklimit autodetach"),
  maintenance: words("auto strategy"),
  submodule: words("active recurse fetchjobs"),
  index: words("version threads skiphash"),
  feature: words("manyfiles"),
  lfs: words("repositoryformatversion"),
};

/** By section, with a subsection. */
const NAMED: Readonly<Record<string, (key: string, value: string) => boolean>> = {
  remote: (key, value) =>
    ["url", "pushurl"].includes(key)
      ? isPlainUrl(value)
      : words("fetch push tagopt prune prunetags skipdefaultupdate").has(key),
  // Other programs note theirs here, too; of git's own only this one names a program.
  branch: (key, value) =>
    ["remote", "pushremote"].includes(key) ? isPlainUrl(value) : key !== "mergeoptions",
  submodule: (key, value) =>
    key === "url"
      ? isPlainUrl(value)
      : key === "update"
      ? /^(checkout|rebase|merge|none)$/.test(value)
      : ["active", "branch", "ignore"].includes(key),
  lfs: (key) => key === "access",
  color: () => true,
};

/** `ext::sh -c …` and any other `<transport>::` is a program; what begins with a dash is an option. */
const isPlainUrl = (url: string) => !/^\s*[\w+.-]+::/.test(url) && !/^\s*-/.test(url);

/** @param worktree whether `core.worktree` may stand in it, as in a submodule's. */
function isHarmless({ section, subsection, key, value }: Setting, worktree: boolean): boolean {
  if (subsection !== null) return NAMED[section]?.(key, value ?? "") ?? false;
  if (section === "core" && key === "fsmonitor") return /^(false|no|off|0)$/i.test(value ?? "");
  if (section === "core" && key === "worktree") return worktree;
  return Object.hasOwn(PLAIN, section) && PLAIN[section]!.has(key);
}

const HEADER = /^\s*\[([A-Za-z0-9-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\]\s*(?:[#;].*)?$/;
const SETTING = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=(.*))?$/;

/** @returns the lines of a `.git/config` that are not known to be harmless, each with its section. */
export function harmfulLines(text: string, { worktree = false } = {}): string[] {
  let section: { name: string; sub: string | null; shown: string } | null = null;
  const found: string[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\r$/, "");
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const header = HEADER.exec(line);
    if (header !== null) {
      const [, name = "", sub] = header;
      const shown = line.trim();
      section = { name: name.toLowerCase(), sub: sub?.replace(/\\(.)/g, "$1") ?? null, shown };
      continue;
    }
    const setting = settingOf(line, section);
    if (setting !== null && isHarmless(setting, worktree)) continue;
    found.push(`${section === null ? "" : `${section.shown} `}${line.trim()}`);
  }
  return found;
}

/** What a line sets; null where it is written in a way that we do not read as git does. */
function settingOf(line: string, section: { name: string; sub: string | null } | null) {
  const match = SETTING.exec(line);
  // deno-lint-ignore no-control-regex
  if (match === null || section === null || /[\x00-\x08\x0b-\x1f\x7f]/.test(line)) return null;
  if (/\\$/.test(line)) return null; // It goes on in the next line.
  const { name, sub } = section;
  const value = match[2] === undefined ? null : valueOf(match[2]);
  if (value === undefined) return null;
  return { section: name, subsection: sub, key: match[1]!.toLowerCase(), value };
}

/** A value without its quotes, escapes and comment; undefined where a quote is left open. */
function valueOf(text: string): string | undefined {
  let value = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") value += text[++at] ?? "";
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "#" || char === ";")) break;
    else value += char;
  }
  return quoted ? undefined : value.trim();
}
