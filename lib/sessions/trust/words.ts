/** What stands in place of the directory in a command. */
const PROJECT =
  /\$\{(?:CLAUDE_PROJECT_DIR|PWD)(?::?-[^}]*)?\}|\$(?:CLAUDE_PROJECT_DIR|PWD)\b|\$\(pwd\)|\$\(git rev-parse --show-toplevel\)|`pwd`/g;

/** The words of a command, quotes taken off, `project` in place of the variables that stand for it. */
export function wordsOf(command: string, project: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  const text = command.replace(PROJECT, project);
  const end = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"') word = (word ?? "") + (text[++at] ?? "");
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === "\\") {
      word = (word ?? "") + (text[++at] ?? "");
    } else if (/[\s;&|()<>`{}]/.test(char) && !(char === "{" && word?.endsWith("$"))) {
      if (char === "}" && word?.includes("${")) word += char;
      else end();
    } else {
      word = (word ?? "") + char;
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
    ...["mise", "asdf", "devbox", "eval", "mypy", "pylint", "flake8"],
  ],
);

const isRunner = (word: string) => RUNNERS.has(word.replace(/^.*\//, ""));

/** The first word that is such a program. */
export const runnerIn = (words: readonly string[]): string | undefined => words.find(isRunner);

/** An ending of what is run, or says what is run. */
const CODE =
  /\.(?:sh|bash|zsh|fish|py|js|mjs|cjs|ts|mts|cts|rb|pl|php|lua|awk|sed|jq|sql|ps1|exe|jar|wasm)$/i;

export const looksLikeCode = (path: string): boolean => CODE.test(path);

/** Whether a word would be a path into the directory if something lay there. */
export const looksLikePath = (word: string): boolean =>
  /^(?:\.{1,2}\/)?[\w@+.-]+(?:\/[\w@+.-]+)+$/.test(word) &&
  (word.startsWith(".") || CODE.test(word));
