/** Random Markdown documents: whole ones, cut ones, hostile ones. The same seed gives the same. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = [
  ...["answer", "disk", "my_var_name", "__init__", "__init__.py", "2*3*4", "**kwargs", "*args"],
  ...["snake_case_", "_private", "src/**/*.ts", "$HOME", "$x_1 + y_2$", "\\(a_b\\)", "100 %", "~5"],
  ...[
    "日本語",
    "한국어",
    "👨‍👩‍👧‍👦",
    "🇩🇪🇫🇷",
    "👍🏽",
    "❤️",
    "e\u0301",
    "z\u0351\u0327\u0334",
    "😀",
    "مرحبا",
  ],
  ...["שלום", "\u202eabc\u202c", "\u200b", "\u200d", "\ufe0f", "\u00a0", "a\u0000b", "\u001b[31m"],
  ...[
    "\ud83d",
    "\ude00",
    "\ufdd0",
    "\uffff",
    "&amp;",
    "&#x1F600;",
    "&#0;",
    "&nbsp;",
    "\\*",
    "\\",
    "\t",
  ],
  ...[
    "<b>html</b>",
    "<br>",
    "<!-- c -->",
    "<name>",
    "**",
    "*",
    "_",
    "__",
    "~~",
    "`",
    "``",
    "|",
    "[",
    "]",
  ],
];

const TARGETS = [
  ...[
    "https://example.com/a_b?c=*d*",
    "https://en.wikipedia.org/wiki/A_(b)",
    "http://localhost:3000",
  ],
  ...[
    "src/a.ts:10",
    "./x",
    "../y",
    "#a",
    "file:///etc/passwd",
    "mailto:a@b.co",
    "tel:+49",
    "//a.bc",
  ],
  ...[
    "javascript:alert(1)",
    "vscode://file/a",
    "tg://user?id=1",
    "http://",
    "https://a",
    "ftp://a.bc",
  ],
  ...["http://127.0.0.1:8080/x", "http://[::1]/", "https://münchen.de/ä", "https://日本.jp", "%zz"],
  ...[
    "https://a.bc/%zz",
    "https://a.bc:0/",
    "https://a.bc:99999",
    "https://u:p@a.bc",
    "https://a_b.c_d",
  ],
  ...[
    "https://a.bc\\x",
    "<https://a.bc/x y>",
    "https://a..bc",
    "https://-a.bc",
    "https://a.bc.",
    "",
  ],
  ...[
    "https://😀.ws/",
    "https://a.bc/\u202e",
    "https://a.b@c.de@f",
    "https://a.123",
    "HTTPS://A.BC/Q",
  ],
  ...[`https://a.bc/${"long".repeat(300)}`, `https://a.bc/${"é".repeat(1500)}`, "https://a.bc?#"],
];

/** A document of some blocks, few with many; one in three is cut somewhere, as a stream would leave it. */
export function randomDocument(seed: number): string {
  const random = randomNumbers(seed);
  const whole = new Author(random).document();
  return random() < 0.33 ? whole.slice(0, Math.floor(random() * whole.length)) : whole;
}

class Author {
  constructor(readonly random: () => number) {}

  document(): string {
    const count = 1 + this.upTo(this.random() < 0.03 ? 40 : 5);
    return this.many(count, () => this.block(0)).join(
      this.pick(["\n\n", "\n\n", "\n", "\r\n\r\n"]),
    );
  }

  private upTo(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.upTo(from.length)] as T;
  }

  private many<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  private words(most: number): string {
    return this.many(1 + this.upTo(most), () => this.random() < 0.6 ? "word" : this.pick(WORDS))
      .join(this.pick([" ", " ", " ", "", "\n"]));
  }

  private phrase(depth = 0): string {
    const inner = () => depth > 3 ? this.words(3) : this.phrase(depth + 1);
    return this.many(1 + this.upTo(3), () =>
      this.pick([
        () => this.words(6),
        () => this.words(6),
        () => `**${inner()}**`,
        () => `*${inner()}*`,
        () => `_${inner()}_`,
        () => `~~${inner()}~~`,
        () => `\`${this.words(2)}\``,
        () => `\`\`${this.words(2)}\`\``,
        () => `[${inner()}](${this.pick(TARGETS)})`,
        () => `![${inner()}](${this.pick(TARGETS)} "title")`,
        () => `<${this.pick(TARGETS)}>`,
        () => this.pick(TARGETS),
        () => `[${inner()}][ref]`,
        () => `[^${this.upTo(3)}]`,
        () => `$${this.words(3)}$`,
      ])()).join(this.pick(["", " "]));
  }

  private block(depth: number): string {
    const inner = () => depth > 4 ? this.phrase() : this.block(depth + 1);
    const prefixed = (prefix: string, rest: string, text: string) =>
      text.split("\n").map((line, index) => (index === 0 ? prefix : rest) + line).join("\n");
    const items = (marker: () => string) =>
      this.many(1 + this.upTo(4), () => {
        const mark = marker();
        return prefixed(mark, " ".repeat(mark.length), inner());
      }).join(this.pick(["\n", "\n\n"]));
    return this.pick([
      () => this.phrase(),
      () => this.phrase(),
      () => `${"#".repeat(1 + this.upTo(7))} ${this.phrase()}`,
      () => `${this.words(3)}\n${this.pick(["===", "---"])}`,
      () => items(() => this.pick(["- ", "* ", "+ ", "- [x] ", "- [ ] "])),
      () => items(() => `${this.upTo(200)}${this.pick([". ", ") "])}`),
      () => prefixed("> ", this.pick(["> ", ""]), inner()),
      () => this.fence(),
      () => this.table(),
      () => prefixed("    ", "    ", this.words(4)),
      () =>
        this.pick(["---", "***", "$$\n\\frac{a_1}{b}\n$$", "\\[\nx_1 * y\n\\]", "<div>\n", "\\"]),
      () => `[${this.pick(["ref", "^0", "^1", "^2"])}]: ${this.pick(TARGETS)}`,
      () =>
        this.pick(["> ", "- ", "*", "[", "`", "(", "😀", "e\u0301"]).repeat(
          this.upTo(this.random() < 0.1 ? 6_000 : 60),
        ),
      () => this.words(this.random() < 0.1 ? 900 : 50),
    ])();
  }

  private fence(): string {
    const marks = this.pick(["```", "````", "~~~"]);
    const language = this.pick([
      "",
      "ts",
      "c++",
      "python title=x",
      "{.sh}",
      "日本",
      "a`b",
      "x".repeat(99),
    ]);
    const lines = this.many(
      this.upTo(this.random() < 0.04 ? 500 : 8),
      () => " ".repeat(this.upTo(6)) + this.words(4),
    );
    return `${marks}${language}\n${lines.join("\n")}\n${this.random() < 0.9 ? marks : ""}`;
  }

  private table(): string {
    const width = 1 + this.upTo(5);
    const row = (cell: () => string) => `| ${this.many(width, cell).join(" | ")} |`;
    const cell = () =>
      this.pick([() => this.words(1), () => this.phrase(3), () => "`a\\|b`", () => ""])();
    const rule = row(() => this.pick(["---", ":-:", "--:", ":--"]));
    return [row(cell), rule, ...this.many(this.upTo(6), () => row(cell))].join("\n");
  }
}
