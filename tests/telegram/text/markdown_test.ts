import { assert, assertEquals } from "@std/assert";
import { renderMarkdown } from "../../../lib/telegram/text/markdown.ts";

/** The text with its entities written around what they cover: `bold[…]`, `pre:ts[…]`. */
function shown(source: string): string {
  const { text, entities } = renderMarkdown(source);
  let marked = "";
  for (let at = 0; at <= text.length; at++) {
    for (const entity of entities) if (entity.offset + entity.length === at) marked += "]";
    for (const entity of entities) {
      if (entity.offset !== at) continue;
      const detail = "url" in entity
        ? `<${entity.url}>`
        : "language" in entity
        ? `:${entity.language}`
        : "";
      marked += `${NAMES[entity.type] ?? entity.type}${detail}[`;
    }
    marked += text.charAt(at);
  }
  return marked;
}

const NAMES: Record<string, string> = {
  blockquote: "quote",
  expandable_blockquote: "folded",
  strikethrough: "strike",
  text_link: "link",
};

const lines = (...parts: string[]) => parts.join("\n");

const TABLE: Record<string, [source: string, drawn: string][]> = {
  "running text": [
    ["**a** *b* ~~c~~ `d`", "bold[a] italic[b] strike[c] code[d]"],
    ["***both***", "bold[italic[both]]"],
    ["**a `b` c**", "bold[a] code[b] bold[c]"],
    ["one\ntwo  \nthree\\\nfour", "one\ntwo\nthree\nfour"],
    ["&amp; &lt; \\* \\_ &copy;", "& < * _ ©"],
    ["这是**重点**内容", "这是bold[重点]内容"],
    ["<b>x</b> and <name>", "<b>x</b> and <name>"],
    ["a<br>b", "a<br>b"],
    ["from ~5 to ~10", "from ~5 to ~10"],
    ["", ""],
    [" \n\t\n", ""],
    ["a\0b\u001b[31mc\ud83d", "a⟨U+0000⟩bc⟨U+D83D⟩"],
    ["\u001b[32m**running**\u001b[0m\n```\n\u001b]0;t\u0007up\n```", "bold[running]\npre[up]"],
  ],
  "what is no Markdown": [
    ["__init__ __init__.py __proto__", "__init__ __init__.py __proto__"],
    ["my_var_name _private_name_ snake_", "my_var_name _private_name_ snake_"],
    ["2*3*4 x**2 + y**2 (a)*(b)*(c)", "2*3*4 x**2 + y**2 (a)*(b)*(c)"],
    ["f(*args, **kwargs) **kw *a", "f(*args, **kwargs) **kw *a"],
    ["src/**/*.ts, *.py and lib/*.py", "src/**/*.ts, *.py and lib/*.py"],
    ["**open `tick _under ~~strike", "**open `tick _under ~~strike"],
    ["__bold text__ __Note__", "bold[bold text] bold[Note]"],
    ["$a_1 * b_2 * c$ costs $5", "$a_1 * b_2 * c$ costs $5"],
    ["\\(x_1 \\cdot y_1\\) and \\[x^2\\]", "\\(x_1 \\cdot y_1\\) and \\[x^2\\]"],
    ["$$\n\\frac{a_1}{b} = *c*\n- d\n$$", "$$\n\\frac{a_1}{b} = *c*\n- d\n$$"],
    ["`__init__ 2*3*4 $a_1 \\\\ b$`", "code[__init__ 2*3*4 $a_1 \\\\ b$]"],
  ],
  "headings and rules": [
    ["# One\n\ntext", "underline[bold[One]]\n\ntext"],
    ["### Three `c` **b**", "bold[Three] code[c] bold[b]"],
    ["a\n\n---\n\nb", "a\n\n———\n\nb"],
  ],
  "lists": [
    ["- a\n- b\n  - c\n    - d\n      - e", "• a\n• b\n  ◦ c\n    ▪ d\n      ▪ e"],
    ["3. a\n4. b\n   more", "3. a\n4. b\n   more"],
    ["1. a\n\n   b\n\n2. c", "1. a\n\n   b\n\n2. c"],
    ["- [x] a\n- [ ] b\n1. [x] c", "☑ a\n☐ b\n1. ☑ c"],
    ["- a\n  ```sh\n  ls\n    -l\n  ```\n  b", "• a\npre:sh[ls\n  -l]\n  b"],
    ["1. ```\n   x\n   ```", "1.\npre[x]"],
    ["-\n- b", "•\n• b"],
  ],
  "code": [
    ["```ts title=x\na\n\n  b\n```", "pre:ts[a\n\n  b]"],
    ["```{.python}\na\n```", "pre:python[a]"],
    ["```c++\na\n```", "pre:c++[a]"],
    ["    indented\n      more", "pre[indented\n  more]"],
    ["```\n\ttab *a* <b>\n```", "pre[    tab *a* <b>]"],
    ["```\nopen", "pre[open]"],
    ["```\n```", ""],
    ["a ``b ` c`` d", "a code[b ` c] d"],
  ],
  "quotes": [
    ["> a\n> > b\n>\n> c", "quote[a\nb\nc]"],
    ["> a\n> ```\n>   b\n> ```", "quote[a\npre[  b]]"],
    ["> x\n".repeat(7), `folded[${Array(7).fill("x").join("\n")}]`],
    [`> ${"long ".repeat(90)}`, `folded[${"long ".repeat(90).trim()}]`],
  ],
  "links": [
    ["[a](https://a.bc/x_(y))", "link<https://a.bc/x_(y)>[a]"],
    ["[**a** `b`](https://a.bc)", "link<https://a.bc>[bold[a] b]"],
    ["[https://a.bc](https://a.bc)", "https://a.bc"],
    ["<https://a.bc/x_y_z> https://a.bc/_x_", "https://a.bc/x_y_z https://a.bc/_x_"],
    ["[a](http://localhost:3000)", "a (http://localhost:3000)"],
    ["[a](src/b.ts#L1)", "a (src/b.ts#L1)"],
    ["[`src/a.ts`](src/a.ts)", "code[src/a.ts]"],
    ["[a](file:///x) [b](tel:1) [c](#d)", "a (file:///x) b (tel:1) c (#d)"],
    ["[me](mailto:a@b.co) <a@b.co> a@b.co", "me (a@b.co) a@b.co a@b.co"],
    ["[a](https://a.bc:0/) [b](https://u:p@a.bc)", "a (https://a.bc:0/) b (https://u:p@a.bc)"],
    ["[a](http://192.168.1.2:8006/#v1)", "link<http://192.168.1.2:8006/#v1>[a]"],
    ["[a][r] [r]\n\n[r]: https://r.ef", "link<https://r.ef>[a] link<https://r.ef>[r]"],
    ["[Note]: important", "[Note]: important"],
    ['[r]\n\n[r]: https://r.ef\n[r]: x "why"', 'link<https://r.ef>[r]\n\n[r]: x "why"'],
    ["![a [r]](x)\n\n> [r]:\n> <y>", "a r (x)\nquote[[r]:\n<y>]"],
    ["[a <https://b.cd>](https://e.fg)", "link<https://e.fg>[a https://b.cd]"],
    ["**https://a.bc/_x_y**. *www.a.bc/*b*", "bold[https://a.bc/_x_y]. italic[www.a.bc/*b]"],
    ["![alt](https://a.bc/i.png) ![](x.png)", "link<https://a.bc/i.png>[alt] x.png"],
    ["[](https://a.bc)", "https://a.bc"],
    ["[no link] [a](", "[no link] [a]("],
    [`[a](https://a.bc/${"x".repeat(2000)})`, `a (https://a.bc/${"x".repeat(2000)})`],
  ],
  "tables": [
    [
      "| A | B |\n|---|--:|\n| `a\\|b` | 1 |\n| 日本 | 22 |",
      lines("pre[A      B", "────  ──", "a|b    1", "日本  22]"),
    ],
    [
      "| A | B |\n|-|-|\n| [x](https://a.bc) | a<br>b |",
      "bold[A]: link<https://a.bc>[x]\nbold[B]: a<br>b",
    ],
    [
      `| A | |\n|-|-|\n| ${"w ".repeat(30)} | |\n| 1 | **2** |`,
      lines(`bold[A]: ${"w ".repeat(30).trim()}`, "–", "", "bold[A]: 1", "bold[2]"),
    ],
    ["| A | B |\n|-|-|", "pre[A  B\n─  ─]"],
    ["> |A|B|\n> |-|-|\n> |1|2|3\\|4|", "quote[pre[A  B\n─  ───────\n1  2 | 3|4]]"],
    ["A | B\n---\n| c |", "underline[bold[A | B]]\n| c |"],
    ["|A|\n|-|\n|[^1]|\n\n[^1]: one", "bold[A]: [1]\n\n[1] one"],
  ],
  "footnotes": [
    ["a[^x] b[^1]\n\n[^1]: one\n[^x]: two", "a[1] b[2]\n\n[1] two\n[2] one"],
    ["a\n\n[^u]: unused", "a\n\n[1] unused"],
    ["> a[^1]\n[^1]: b\n\n    - c", "quote[a[1]]\n\n[1] b\n\n    • c"],
    ["a [^Ä][^none]\n\n[^ä]: b\n[^ä]: twice", "a [1][^none]\n\n[1] b\n[2] twice"],
  ],
};

for (const [subject, cases] of Object.entries(TABLE)) {
  Deno.test(`markdown: ${subject}`, () => {
    for (const [source, drawn] of cases) assertEquals(shown(source), drawn, source);
  });
}

Deno.test("markdown: a long text is drawn as a short one", () => {
  const block = lines(
    "## Title\n\n1. a **b**\n   ```ts\n   x\n\ny\n   ```\n2. [r][r]\n",
    "| A | B |\n|-|-|\n| 1 | 2 |\n\n> q\n",
  ).replace("\n\ny\n", "\n\n   y\n");
  const one = renderMarkdown(`${block}\n\n[r]: https://a.bc`);
  const count = 200;
  const many = renderMarkdown(`${block}\n`.repeat(count) + "\n[r]: https://a.bc");
  assertEquals(many.entities.length, one.entities.length * count);
  assertEquals(many.text, Array(count).fill(one.text).join("\n"));
});

Deno.test("markdown: a numbered list longer than a section keeps its numbers", () => {
  const items = Array.from({ length: 500 }, (_, index) => `1. item ${index + 1}`);
  const expected = Array.from({ length: 500 }, (_, index) => `${index + 1}. item ${index + 1}`);
  assertEquals(renderMarkdown(items.join("\n")).text, expected.join("\n"));
  assertEquals(renderMarkdown(items.join("\n\n")).text, expected.join("\n\n"));
});

Deno.test("markdown: a fence longer than a section stays one block", () => {
  const code = Array.from({ length: 900 }, (_, index) => `# ${index}\n\n- a *b*\n`).join("\n");
  const drawn = renderMarkdown("- x\n  ```\n  y\n  ```\n\n```md\n" + code + "```\n\n**end**");
  assertEquals(drawn.entities.map((entity) => entity.type), ["pre", "pre", "bold"]);
});

Deno.test("markdown: absurd input stays text", () => {
  const absurd: [string, string][] = [
    ["quotes", "> ".repeat(5_000) + "a"],
    ["lists", Array.from({ length: 440 }, (_, depth) => "  ".repeat(depth) + "- a").join("\n")],
    ["list markers", "- ".repeat(5_000) + "a"],
    ["brackets", "[".repeat(10_000)],
    ["closed brackets", "[a]".repeat(10_000)],
    ["stars", "a" + "*".repeat(10_000)],
    ["stars on both sides", "*".repeat(20_000) + "a" + "*".repeat(20_000)],
    ["columns", "|a".repeat(3_000) + "\n" + "|-".repeat(3_000) + "\n" + "|x|\n".repeat(3_000)],
    ["lazy lines", "> ".repeat(20) + "a\n" + "b\n".repeat(20_000)],
    ["open bold", "**a ".repeat(10_000)],
    ["closing bold", "a** ".repeat(10_000)],
    ["mixed emphasis", "a_ *b ".repeat(10_000)],
    ["too much", "**a** ".repeat(50_000)],
  ];
  for (const [name, source] of absurd) {
    const drawn = renderMarkdown(source);
    const marked = drawn.entities.filter(({ type }) => type !== "expandable_blockquote");
    assertEquals(marked, [], name); // A quote in a quote is its text, however deep.
    assert(drawn.text.replace(/\s/g, "").length >= source.replace(/\s/g, "").length - 99, name);
  }
});

Deno.test("markdown: a stretch that nobody would write keeps its Markdown, the rest does not", () => {
  const long = "*a* ".repeat(4_001);
  const { text, entities } = renderMarkdown(`*b*\n\n${long}\n\n- *c*`);
  assertEquals(text, `b\n\n${long.trim()}\n\n• c`);
  assertEquals(entities.length, 2);
});

Deno.test("markdown: deep nesting that a person may write is kept", () => {
  const source = Array.from({ length: 8 }, (_, depth) => "  ".repeat(depth) + "- **a**").join("\n");
  assertEquals(renderMarkdown(source).entities.length, 8);
});
