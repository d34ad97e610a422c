import { assertEquals } from "@std/assert";
import { harmfulLines } from "../../../lib/sessions/git/config.ts";

const HARMLESS = `# as git itself writes it
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false ; a comment
\tlogallrefupdates
[remote "origin"]
\turl = git@example.org:me/it.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "a \\"quoted\\" one"]
\tremote = origin
\tmerge = refs/heads/main
\tvscode-merge-base = origin/main
[user]
\tname = "Ada # L"
\temail = ada@example.org
[submodule "lib"]
\turl = https://example.org/lib.git
\tactive = true
[pull]
\trebase = true
[core]
\tfsmonitor = false
`;

Deno.test("git config: what ordinary use writes is harmless, with either end of line", () => {
  assertEquals(harmfulLines(HARMLESS), []);
  assertEquals(harmfulLines(HARMLESS.replaceAll("\n", "\r\n")), []);
  assertEquals(harmfulLines(""), []);
});

/** Each is one line that git obeys, and that must be named. */
const HARMFUL = [
  ...["[core]\nfsmonitor = ./evil", "[CORE]\nFSMonitor=./evil", "[core]\nfsmonitor"],
  ...["[core] fsmonitor = ./evil", "[core]fsmonitor=./evil", '[core ""]\nfsmonitor = x'],
  ...["[core]\nhooksPath = .h", "[core]\nsshCommand = sh", "[core]\npager = sh -c id"],
  ...["[core]\neditor = sh", "[core]\naskPass = sh", "[core]\nworktree = /etc"],
  ...["[core]\nattributesFile = /x", "[core]\ngitProxy = sh", "[core]\nalternateRefsCommand = x"],
  ...['[filter "x"]\nclean = sh', '[filter "x"]\nprocess = sh', '[diff "x"]\ntextconv = sh'],
  ...['[diff "x"]\ncommand = sh', "[diff]\nexternal = sh", '[merge "x"]\ndriver = sh'],
  ...["[include]\npath = ../x", '[includeIf "gitdir:/"]\npath = x', "[alias]\nst = !sh"],
  ...["[credential]\nhelper = !sh", "[gpg]\nprogram = sh", '[gpg "ssh"]\nprogram = sh'],
  ...['[url "ext::sh"]\ninsteadOf = https://', '[remote "o"]\nurl = ext::sh -c id'],
  ...['[remote "o"]\nurl = "ext"::sh', '[remote "o"]\nurl = e\\xt::sh', '[remote "o"]\nurl = -x'],
  ...['[remote "o"]\nuploadpack = sh', '[remote "o"]\nvcs = x', '[remote "o"]\nproxy = x'],
  ...['[remote "o"]\npromisor = true', '[branch "m"]\nremote = ext::sh', "[pager]\nlog = sh"],
  ...['[branch "m"]\nmergeoptions = -s x', '[submodule "s"]\nupdate = !sh', "[log]\nshowSignature"],
  ...["[core]\nlogallrefupdates = a\\\nfsmonitor = x", "fsmonitor = x", "[core.x]\nfsmonitor = y"],
  ...[
    "[core]\n\u0001fsmonitor = x",
    "[uploadpack]\npackObjectsHook = sh",
    "[sequence]\neditor = x",
  ],
  ...["[interactive]\ndiffFilter = sh", "[difftool]\ncmd = x", "[constructor]\nname = x"],
  ...['[user]\nname = "open', "[extensions]\npartialClone = o", "[trailer]\ncmd = sh"],
];
for (const text of HARMFUL) {
  Deno.test(`git config: not harmless: ${JSON.stringify(text)}`, () =>
    assertEquals(harmfulLines(text).length > 0, true));
}

Deno.test("git config: a line is named with its section, as it stands", () => {
  assertEquals(harmfulLines('[core]\n\tbare = false\n[filter "x"]\n\tclean = sh -c id\n'), [
    '[filter "x"] clean = sh -c id',
  ]);
});

Deno.test("git config: any text is read in linear time, and never throws", () => {
  const start = performance.now();
  for (
    const text of ["[".repeat(2e5), '"'.repeat(2e5), "\\".repeat(2e5), `[a "${"\\".repeat(2e5)}`]
  ) {
    harmfulLines(text);
    harmfulLines(`[core]\nx = ${text}`);
    harmfulLines(`[core]\n${" ".repeat(1e5)}${text}`);
  }
  assertEquals(performance.now() - start < 3_000, true);
});
