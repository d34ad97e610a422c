import { z } from "zod";
import type { Offer } from "./events.ts";

/** What is known of a CLI that did not say. */
export const NOTHING_OFFERED: Offer = { commands: [], models: [] };

const text = z.string().catch("");

const Command = z.looseObject({ name: z.string(), description: text, argumentHint: text });
const Model = z.looseObject({ value: z.string(), resolvedModel: text, displayName: text });

/** A list of what parses; anything else in it is left out. */
const listOf = <T extends z.ZodType>(type: T) =>
  z.array(z.unknown()).catch([]).transform((all): z.output<T>[] =>
    all.flatMap((each) => {
      const parsed = type.safeParse(each);
      return parsed.success ? [parsed.data] : [];
    })
  );

const Answer = z.looseObject({ commands: listOf(Command), models: listOf(Model) });

/** What the answer to `initialize` says of commands and models (Claude Code 2.1.329). Total. */
export function offerOf(response: unknown): Offer {
  const parsed = Answer.safeParse(response);
  if (!parsed.success) return NOTHING_OFFERED;
  return {
    commands: parsed.data.commands.map(({ name, description, argumentHint }) => ({
      name,
      description,
      hint: argumentHint,
    })),
    models: parsed.data.models.map(({ value, resolvedModel, displayName }) => ({
      value,
      id: resolvedModel || value,
      title: displayName || value,
    })),
  };
}
