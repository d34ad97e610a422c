import { join } from "@std/path";
import { readInside } from "./safe_file.ts";
import type { RunProgram } from "../programs.ts";

/** Longer ones are not read by anybody. */
const LONGEST = 200_000;
/** The CLI's names of skills and commands: of folders, with `:` between them. */
const NAME = /^[\w.-]{1,100}(?::[\w.-]{1,100}){0,5}$/;

/** Where skills may lie. */
export interface SkillPlaces {
  /** The copy of a trusted project; null when there is none. */
  readonly copy: string | null;
  /** The CLI's own configuration; it may lie outside of what our code may read. */
  readonly config: string;
}

/**
 * What a skill says and runs, each text below its path: there may be several of a name, and then all
 * of them are shown. Null when none is found, as for one whose name is not that of its folder, or of
 * a plugin. `run` reads through `cat`: our own code may not look outside of its home.
 */
export async function skillText(
  skill: string,
  { copy, config }: SkillPlaces,
  run: RunProgram,
): Promise<string | null> {
  if (!NAME.test(skill) || skill.includes("..")) return null;
  const files = [
    join("skills", skill, "SKILL.md"),
    `${join("commands", ...skill.split(":"))}.md`,
  ];
  const found = await Promise.all(files.flatMap((file) => [
    ...(copy === null ? [] : [ofCopy(copy, join(".claude", file))]),
    byCat(join(config, file), run),
  ]));
  const texts = found.filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join("\n\n");
}

async function ofCopy(copy: string, file: string): Promise<string | null> {
  return headed(file, await readInside(copy, file));
}

async function byCat(path: string, run: RunProgram): Promise<string | null> {
  try {
    const { code, stdout } = await run("cat", ["--", path], { signal: AbortSignal.timeout(5_000) });
    return code === 0 ? headed(path, new TextDecoder().decode(stdout)) : null;
  } catch {
    return null; // It is said that it cannot be shown.
  }
}

/** Null for one that is too long to be shown whole. */
const headed = (path: string, text: string | null) =>
  text === null || text.length > LONGEST ? null : `${path}:\n\n${text}`;
