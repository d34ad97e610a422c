import { type CommandResult, type OwnCommand, wordsOf } from "../../../homelab/mod.ts";
import type { Asker, Context, Reply } from "../../context.ts";
import { documentDelivery } from "../../api/uploads.ts";
import {
  bold,
  code,
  concat,
  type FormattedText,
  italic,
  lines,
  pre,
} from "../../text/formatted.ts";
import { whileTyping } from "../../outbox/typing.ts";

/** A longer output is a file, with its end in the message. */
const SHOWN = 3_000;
const TAIL = 1_200;

/** Runs a command of the owner's and says what came of it. */
export async function ownReply(
  context: Pick<Context, "clock" | "outbox">,
  { place }: Asker,
  command: OwnCommand,
  text: string,
): Promise<Reply> {
  const args = wordsOf(text);
  if (args === null) return { text: lines("A quotation mark is not closed; nothing was run.") };
  const before = context.clock.steady();
  const result = await whileTyping(context.outbox, place, command.run(args));
  const seconds = Math.round((context.clock.steady() - before) / 1000);
  const head = concat(bold(`/${command.name}`), " ", endText(result.end, seconds));
  const { output, cut } = result;
  if (output === "") {
    return { text: result.end.kind === "missing" ? head : lines(head, italic("No output.")) };
  }
  if (output.length <= SHOWN && !cut) return { text: lines(head, pre(output)) };
  const name = `${command.name}.txt`;
  const note = cut
    ? `Its first megabyte is in ${name}.`
    : `The whole output is in ${name}; its end:`;
  return {
    text: lines(head, italic(note), ...(cut ? [] : [pre(endOf(output))])),
    behind: [documentDelivery({ name, text: output }, place)],
  };
}

/** The last lines, whole ones if there are any. */
function endOf(output: string): string {
  const tail = output.slice(-TAIL).toWellFormed();
  return tail.slice(tail.indexOf("\n") + 1);
}

function endText(end: CommandResult["end"], seconds: number): FormattedText {
  const after = `after ${seconds} s`;
  switch (end.kind) {
    case "exit":
      return lines(`${end.code === 0 ? "✓" : "✗"} exit code ${end.code} ${after}`);
    case "signal":
      return lines(`✗ ended by ${end.signal} ${after}`);
    case "late":
      return lines(`✗ took longer than its ${end.seconds} s, so it was ended`);
    case "missing":
      return concat(
        "could not be started: ",
        code(end.program),
        " is not there, or this Switchboard was not compiled for it (",
        code("deno task compile --home"),
        ")",
      );
    default:
      return end satisfies never;
  }
}
