import { TextLineStream } from "@std/streams";
import type { MessageEntity } from "grammy/types";
import type { FormattedText } from "../../lib/telegram/text/formatted.ts";

/** Telegram's own judgement of texts with entities. */
export interface Oracle extends AsyncDisposable {
  /** For every text why Telegram would refuse it, or null. */
  judge(texts: readonly FormattedText[]): Promise<(string | null)[]>;
}

interface Answer {
  "@type": string;
  message?: string;
}

/** Starts TDLib in a process of its own; it needs `--allow-ffi`, but no network and no account. */
export function startOracle(): Oracle {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-ffi", "--allow-read", "--allow-env", `${import.meta.dirname}/tdlib.ts`],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const answers = child.stdout
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .getReader();
  const encoder = new TextEncoder();
  const ask = async (texts: readonly FormattedText[]) => {
    for (const text of texts) {
      await writer.write(encoder.encode(JSON.stringify(request(text)) + "\n"));
    }
  };
  return {
    async judge(texts) {
      const asked = ask(texts);
      const verdicts: (string | null)[] = [];
      while (verdicts.length < texts.length) {
        const { value, done } = await answers.read();
        if (done) throw new Error("TDLib ended before it had answered everything");
        const answer: Answer = JSON.parse(value);
        verdicts.push(answer["@type"] === "error" ? answer.message ?? "refused" : null);
      }
      await asked;
      return verdicts;
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await answers.cancel();
      await child.status; // Whatever its exit code: the library may crash at the end.
    },
  };
}

/** The check that a bot's message goes through (`getMarkdownText` has it too, but may abort). */
function request({ text, entities }: FormattedText) {
  return {
    "@type": "parseMarkdown",
    text: { "@type": "formattedText", text, entities: entities.map(asTdlib) },
  };
}

function asTdlib(entity: MessageEntity) {
  const { offset, length } = entity;
  return { "@type": "textEntity", offset, length, type: typeOf(entity) };
}

function typeOf(entity: MessageEntity) {
  switch (entity.type) {
    case "text_link":
      return { "@type": "textEntityTypeTextUrl", url: entity.url };
    case "pre":
      return entity.language === undefined
        ? { "@type": "textEntityTypePre" }
        : { "@type": "textEntityTypePreCode", language: entity.language };
    default:
      return { "@type": NAMES[entity.type] ?? `textEntityType?${entity.type}` };
  }
}

const NAMES: Partial<Record<MessageEntity["type"], string>> = {
  bold: "textEntityTypeBold",
  italic: "textEntityTypeItalic",
  underline: "textEntityTypeUnderline",
  strikethrough: "textEntityTypeStrikethrough",
  spoiler: "textEntityTypeSpoiler",
  code: "textEntityTypeCode",
  blockquote: "textEntityTypeBlockQuote",
  expandable_blockquote: "textEntityTypeExpandableBlockQuote",
};
