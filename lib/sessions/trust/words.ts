/** What stands in place of the directory in a command. */
const PROJECT =
  /\$\{(?:CLAUDE_PROJECT_DIR|PWD)(?::?-[^}]{0,200})?\}|\$(?:CLAUDE_PROJECT_DIR|PWD)\b|\$\(pwd\)|\$\(git rev-parse --show-toplevel\)|`pwd`/g;

/** Where an output goes: that is written, not run. */
const OUTPUT = /\d?>{1,2}\s*(?:"[^"]*"|'[^']*'|[^\s;&|()<>]+)/g;

/** A command without the places that its outputs go to. */
const withoutOutputs = (command: string): string => command.replace(OUTPUT, " ");

/** Bounded, so that the time grows with the length; blanks have been joined before. */
const PIPE = String
  .raw`\|&? ?(?:\w{1,30}=[^\s|;&(]{0,60} ){0,8}(?:(?:sudo|env|exec) ){0,4}(?:[^\s|]{0,80}\/)?`;
/** A shell or an interpreter that runs what comes through a pipe, or a file that is none. */
const PIPED = new RegExp(
  [
    String.raw`${PIPE}(?:ba|da|z|k|a)?sh\b`,
    String.raw`${PIPE}(?:python[\d.]*|node|perl|ruby)(?: -)?(?: ?[|;&)]| ?$)`,
    String.raw`[<>]\(`,
  ].join("|"),
);

/** Tells whether a command runs what another one says. */
function runsAnothersOutput(command: string): boolean {
  const joined = command.replace(/\s+/g, (blanks) => blanks.includes("\n") ? " ; " : " ");
  return PIPED.test(joined.replace(/\|(&?) ; /g, "|$1 "));
}

/** Programs that run the file that is named behind them, whatever its ending. */
const INTERPRETER =
  /^(?:\.|source|(?:\S*\/)?(?:(?:ba|da|z|k|a)?sh|node|python[\d.]*|perl|ruby|php|exec|env|sudo|nohup|timeout|xargs))$/;
/** Programs whose first word is a pattern that may look like a path. */
const MATCHERS = /^(?:\S*\/)?(?:sed|g?awk|[ef]?grep|rg)$/;

/** The words that follow one of these programs, options left out. */
function following(words: readonly string[], programs: RegExp): Set<string> {
  const found = new Set<string>();
  let isNext = false;
  for (const word of words) {
    if (isNext && /^(?:-|[\d.]+[smh]?$|\w{1,30}=)/.test(word)) continue;
    if (isNext) found.add(word);
    isNext = programs.test(word);
  }
  return found;
}

/** A command, or the commands of a script, as far as the text shows them. */
export interface Command {
  /** Without what is a pattern. */
  readonly words: readonly string[];
  /** Tells whether a word is run, by its place or its ending. */
  readonly isRun: (word: string) => boolean;
  /** Why it runs what cannot be held. */
  readonly loose: readonly string[];
}

/** Reads a command; `project` stands for the variables that say where the directory is. */
export function readCommand(text: string, project: string): Command {
  const words = wordsOf(withoutOutputs(text), project);
  const runner = runnerIn(words);
  const loose: string[] = [];
  if (runner !== undefined) loose.push(`starts ${runner}, which runs what the directory says`);
  if (isPythonOfTheDirectory(words)) loose.push("starts a Python module, or code with imports");
  if (runsAnothersOutput(text)) loose.push("runs what another command says");
  if (words[0]?.startsWith("$")) loose.push(`starts what ${words[0]} says`);
  const patterns = following(words, MATCHERS);
  return {
    words: words.filter((word) => !patterns.has(word)),
    isRun: runIn(text, words, project),
    loose,
  };
}

/** What stands where a command begins. */
const STARTED =
  /(?:^|[;&|({`]|\b(?:then|do|else|if|while)\b)[ \t]*(?:\w{1,30}=[^\s|;&(]{0,60} ){0,8}["']?([~/$][^\s;&|()"'`]{1,400})/gm;

/** The words of a command that are run, as far as their place or their ending shows it. */
function runIn(
  command: string,
  words: readonly string[],
  project: string,
): (word: string) => boolean {
  const interpreted = following(words, INTERPRETER);
  const started = new Set(
    [...command.replace(PROJECT, project).matchAll(STARTED)].map(([, word]) => word),
  );
  return (word) => looksLikeCode(word) || interpreted.has(word) || started.has(word);
}

/** Tells whether Python is told to run a module, or code: it looks for modules in the directory first. */
const isPythonOfTheDirectory = (words: readonly string[]): boolean =>
  words.some((word) => /^(?:\S*\/)?python[\d.]*$/.test(word)) &&
  words.some((word) => /^-\w*[mc]$/.test(word));

/** Directories of the machine that nobody but root fills. */
const MACHINES = /^\/(?:usr|s?bin|lib\w*|etc|dev|proc|sys|opt|snap|nix\/store)(?:\/|$)/;

/** Tells whether a whole path is of the machine itself. */
export const isOfMachine = (path: string): boolean => MACHINES.test(path);

/** The words of a command, quotes taken off, `project` in place of the variables that stand for it. */
function wordsOf(command: string, project: string): string[] {
  const words: string[] = [];
  // Its letters: to look into a text that still grows takes time with its square.
  const word: string[] = [];
  let isBegun = false;
  let isVariable = false;
  let quote = "";
  const text = command.replace(PROJECT, project);
  const add = (char: string) => {
    isBegun = true;
    if (char === "{" && word.at(-1) === "$") isVariable = true;
    word.push(char);
  };
  const end = () => {
    if (isBegun) words.push(word.join(""));
    word.length = 0;
    isBegun = isVariable = false;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"') add(text[++at] ?? "");
      else add(char);
    } else if (char === "'" || char === '"') {
      quote = char;
      isBegun = true;
    } else if (char === "\\") {
      add(text[++at] ?? "");
    } else if (/[\s;&|()<>`{}]/.test(char) && !(char === "{" && word.at(-1) === "$")) {
      if (char === "}" && isVariable) add(char);
      else end();
    } else {
      add(char);
    }
  }
  end();
  return words.flatMap((each) => withoutAssignment(each));
}

/** `--config=x` and `NAME=x` name `x`. A quoted word that is a command itself is taken apart too. */
function withoutAssignment(word: string): string[] {
  const value = /^(?:-{1,2}[\w-]+|[A-Za-z_]\w*)=(.+)$/s.exec(word)?.[1];
  const whole = value === undefined ? [word] : [word, value];
  return whole.flatMap((each) =>
    /\s/.test(each) ? [each, ...each.split(/[\s;&|()<>`'"]+/)] : [each]
  )
    .filter((each) => each !== "");
}

/** Programs that run what the directory says: scripts of a package, targets, plugins, settings that are code. */
const RUNNERS = new Set(
  [
    ...["npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx", "deno", "tsx", "ts-node", "corepack"],
    ...[
      "make",
      "gmake",
      "cmake",
      "ninja",
      "just",
      "task",
      "rake",
      "ant",
      "gradle",
      "gradlew",
      "mvn",
    ],
    ...["mvnw", "sbt", "bazel", "cargo", "go", "dotnet", "swift", "mix", "stack", "cabal", "zig"],
    ...["pytest", "tox", "nox", "uv", "uvx", "poetry", "pipenv", "pipx", "hatch", "pdm", "rye"],
    ...[
      "pre-commit",
      "lefthook",
      "husky",
      "lint-staged",
      "eslint",
      "prettier",
      "stylelint",
      "biome",
    ],
    ...[
      "jest",
      "vitest",
      "mocha",
      "ava",
      "webpack",
      "vite",
      "rollup",
      "turbo",
      "nx",
      "lerna",
      "tsc",
    ],
    ...["composer", "phpunit", "bundle", "rspec", "rubocop", "docker", "docker-compose", "podman"],
    ...[
      "terraform",
      "tofu",
      "ansible",
      "ansible-playbook",
      "vagrant",
      "nix",
      "nix-shell",
      "direnv",
    ],
    ...["mise", "asdf", "devbox", "eval", "mypy", "pylint", "flake8", "git", "gulp", "grunt"],
    ...["tailwindcss", "postcss", "commitlint", "cypress", "playwright", "next", "nuxt", "astro"],
    ...["parcel", "wrangler", "nodemon", "nyc", "c8", "knip", "vue-tsc", "svelte-check", "ipython"],
    ...["invoke", "fab", "alembic", "flask", "django-admin", "celery", "rails", "dart", "flutter"],
    ...[
      "elixir",
      "scons",
      "meson",
      "earthly",
      "dagger",
      "skaffold",
      "helm",
      "pulumi",
      "cdk",
      "sam",
    ],
  ],
);

const isRunner = (word: string) => RUNNERS.has(word.replace(/^.*\//, ""));

/** The first word that is such a program. */
export const runnerIn = (words: readonly string[]): string | undefined => words.find(isRunner);

/** An ending of what is run, or says what is run. */
const CODE =
  /\.(?:sh|bash|zsh|fish|py|js|mjs|cjs|ts|mts|cts|rb|pl|php|lua|awk|sed|jq|sql|ps1|exe|jar|wasm)$/i;

export const looksLikeCode = (path: string): boolean => CODE.test(path);

/** True when a word would be a path into the directory if something lay there. */
export const looksLikePath = (word: string): boolean =>
  /^(?:\.{1,2}\/)?[\w@+.-]+(?:\/[\w@+.-]+)+$/.test(word) &&
  (word.startsWith(".") || CODE.test(word));

/** Tells whether a word is one that a variable is a part of. */
export const isComputed = (word: string): boolean => /\$[\w{(]/.test(word) && !/\s/.test(word);
