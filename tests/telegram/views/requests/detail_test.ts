import { assertEquals } from "@std/assert";
import { detailOf } from "../../../../lib/telegram/views/requests/detail.ts";
import { readable } from "../../../../lib/telegram/text/excerpt.ts";

const NOTHING = { path: "", about: "", text: "", language: "", file: "input.txt", rest: "" };

Deno.test("detail: a command with what it is for, and what is unusual about it", () => {
  const input = {
    command: "rm -r build",
    description: "Clean up",
    run_in_background: true,
    timeout: null,
  };
  assertEquals(detailOf("Bash", input), {
    ...NOTHING,
    about: "Clean up",
    text: "rm -r build",
    language: "bash",
    file: "command.sh",
    rest: "run_in_background: true",
  });
});

Deno.test("detail: an edit is a diff, with its path", () => {
  const input = { file_path: "/w/a.txt", old_string: "world", new_string: "there" };
  assertEquals(detailOf("Edit", { ...input, replace_all: false }), {
    ...NOTHING,
    path: "/w/a.txt",
    text: "-world\n+there",
    language: "diff",
    file: "a.txt.diff",
  });
  assertEquals(detailOf("Edit", { ...input, replace_all: true }).rest, "replace_all: true");
});

Deno.test("detail: several edits of one file stand one after the other", () => {
  const edits = [{ old_string: "a", new_string: "b" }, null, { old_string: "c", new_string: "d" }];
  assertEquals(detailOf("MultiEdit", { file_path: "x", edits }).text, "-a\n+b\n…\n-c\n+d");
  assertEquals(detailOf("MultiEdit", { file_path: "x", edits: "none" }).text, "");
});

Deno.test("detail: what is written is shown as it will stand", () => {
  const written = detailOf("Write", { file_path: "/w/compose.yaml", content: "a: 1\n" });
  assertEquals([written.path, written.text], ["/w/compose.yaml", "a: 1\n"]);
  assertEquals([written.language, written.file], ["yaml", "compose.yaml"]);
});

Deno.test("detail: what replaces a file is a diff", () => {
  const input = { file_path: "/w/compose.yaml", content: "a: 1\nb: 3\n" };
  const { text, language, file } = detailOf("Write", input, "a: 1\nb: 2\n");
  assertEquals([text, language, file], [" a: 1\n-b: 2\n+b: 3", "diff", "compose.yaml.diff"]);
});

Deno.test("detail: input that is not what it should be does no harm", () => {
  for (const tool of ["Bash", "Edit", "MultiEdit", "Write", "NotebookEdit", "constructor", ""]) {
    detailOf(tool, {});
    detailOf(tool, { command: 5, file_path: null, edits: {}, content: [] });
  }
});

Deno.test("detail: another tool's input reads like a list", () => {
  const input = { vm: 105, force: false, tags: ["a", "b"], net: { bridge: "vmbr0" }, note: "x\ny" };
  assertEquals(
    detailOf("mcp__pve__reboot", input).text,
    "vm: 105\nforce: false\ntags:\n  - a\n  - b\nnet:\n  bridge: vmbr0\nnote:\n  x\n  y",
  );
});

Deno.test("readable: it ends, however deep", () => {
  let deep: unknown = "core";
  for (let n = 0; n < 50; n++) deep = { a: deep };
  assertEquals(readable(deep).includes("core"), true);
  assertEquals(readable({ none: {}, list: [] }), "none:\nlist:");
});
