import { runner, type RunProgram } from "../../lib/programs.ts";
import { join } from "@std/path";
import { Archives } from "../../lib/sessions/mod.ts";
import { type Home, makeHome } from "./fixture.ts";

export const run = runner(Deno.env.get("PATH") ?? "/usr/bin:/bin");

/** A home with archives, and the CLI's configuration directory beside it. */
export interface ArchiveHome extends Home {
  readonly config: string;
  readonly archives: Archives;
  /** Archives of the same home with another runner or free space. */
  with(options: { run?: RunProgram; freeSpace?: number }): Archives;
  /** The folder of a session's transcripts. */
  transcripts(session: string): string;
  addTranscript(session: string, id: string): Promise<void>;
}

export async function makeArchiveHome(): Promise<ArchiveHome> {
  const home = await makeHome();
  const config = join(home.outside, "config");
  await Deno.mkdir(config);
  const archivesWith: ArchiveHome["with"] = ({ run: other = run, freeSpace }) =>
    new Archives({
      home: home.home,
      manager: home.manager,
      run: other,
      claudeConfigDir: config,
      now: home.now,
      ...(freeSpace === undefined ? {} : { freeSpace: () => Promise.resolve(freeSpace) }),
    });
  const transcripts = (session: string) =>
    join(config, "projects", home.path("sessions", session).replace(/[^A-Za-z0-9]/g, "-"));
  return {
    ...home,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
    config,
    archives: archivesWith({}),
    with: archivesWith,
    transcripts,
    async addTranscript(session, id) {
      await Deno.mkdir(join(transcripts(session), id), { recursive: true });
      await Deno.writeTextFile(join(transcripts(session), `${id}.jsonl`), `{"said":"${id}"}\n`);
      await Deno.writeTextFile(join(transcripts(session), id, "large.txt"), "output ".repeat(1000));
      await home.manager.update(session, { claude_session_id: id });
    },
  };
}

/** Runs a program that a test needs; its output. Fails if the program does. */
export async function sh(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return new TextDecoder().decode(stdout);
}

/** Kind, mode, links, time, content and target of all below a directory, as `find` sees them. */
export async function snapshot(directory: string): Promise<string> {
  const inside = ["-mindepth", "1"];
  const lines = await sh(
    "find",
    directory,
    ...inside,
    "(",
    "-type",
    "d",
    "-printf",
    "%y %m %P\\0",
    ")",
    "-o",
    "-printf",
    "%y %m %n %s %T@ %l %P\\0",
  );
  const sums = await sh("find", directory, "-type", "f", "-exec", "cksum", "{}", "+");
  return [...lines.split("\0"), ...sums.split("\n")].sort().join("\n");
}
