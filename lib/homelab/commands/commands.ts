import { basename } from "@std/path";
import { type Clock, sleep } from "../../clock.ts";
import { z } from "zod";
import type { ProbeEnvironment, RunningProgram } from "../environment.ts";
import { gather } from "./output.ts";

/** Between asking a program to end and ending it. */
const PATIENCE_MS = 2_000;

const commandName = z.string().regex(/^[a-z0-9_]{1,32}$/, {
  error: "expected a command's name: small letters, digits and _, 32 at the most",
});

const ownCommand = z.strictObject({
  run: z.array(z.string()).min(1).refine(([program]) => program !== "" && program !== undefined, {
    error: "expected a program and its first arguments",
  }).describe("The program and its first arguments; what follows the command is added to them."),
  seconds: z.number().positive().max(3600).default(60).describe("Then it is ended."),
  description: z.string().min(1).max(200).optional().describe("For the menu."),
});

/** The owner's commands in the settings, by their names. */
export const ownCommands = z.record(commandName, ownCommand);

type OwnCommandSettings = z.output<typeof ownCommand>;

type CommandEnvironment = Pick<ProbeEnvironment, "clock" | "start">;

/** How a command of the owner's ended, and what it printed by then. */
export interface CommandResult {
  /** stdout and stderr as they came. */
  readonly output: string;
  /** The output was longer than what is kept. */
  readonly cut: boolean;
  readonly end:
    | { readonly kind: "exit"; readonly code: number }
    | { readonly kind: "signal"; readonly signal: string }
    | { readonly kind: "late"; readonly seconds: number }
    /** Not there, or not in this program's permissions. */
    | { readonly kind: "missing"; readonly program: string };
}

/** A command of the owner's. */
export interface OwnCommand {
  readonly name: string;
  /** Telegram keeps it: of the arguments, which may hold a key, it names none. */
  readonly description: string;
  /** Runs it with more arguments, which reach no shell. Never rejects for what the program does. */
  run(args: readonly string[]): Promise<CommandResult>;
}

/** The commands that the settings name, by their names. */
export function createCommands(
  settings: Readonly<Record<string, OwnCommandSettings>>,
  environment: CommandEnvironment,
): ReadonlyMap<string, OwnCommand> {
  return new Map(
    Object.entries(settings).map(([name, command]) => [name, {
      name,
      description: command.description ?? `Runs ${basename(command.run[0] ?? name)}`.slice(0, 200),
      run: (args) => run(command, args, environment),
    }]),
  );
}

async function run(
  { run: [program = "", ...first], seconds }: OwnCommandSettings,
  args: readonly string[],
  environment: CommandEnvironment,
): Promise<CommandResult> {
  const child = environment.start(program, [...first, ...args]);
  if (child === null) return { output: "", cut: false, end: { kind: "missing", program } };
  const gathered = gather([child.stdout, child.stderr]);
  const over = new AbortController();
  const tooLong = sleep(environment.clock, seconds * 1000, over.signal);
  try {
    const status = await Promise.race([child.status, tooLong.then(() => null)]);
    if (status === null) {
      await ended(child, environment.clock);
      return { ...gathered.taken(), end: { kind: "late", seconds } };
    }
    // What it left running may hold its output open for ever.
    await Promise.race([gathered.done, sleep(environment.clock, PATIENCE_MS, over.signal)]);
    return { ...gathered.taken(), end: endOf(status) };
  } finally {
    over.abort();
    gathered.close();
  }
}

function endOf(
  { code, signal }: { code: number; signal: string | null },
): CommandResult["end"] {
  return signal === null ? { kind: "exit", code } : { kind: "signal", signal };
}

/** Ends a program that runs, with all it started. */
async function ended(child: RunningProgram, clock: Clock): Promise<void> {
  const over = new AbortController();
  child.end("SIGTERM");
  const hurried = sleep(clock, PATIENCE_MS, over.signal).then(() => child.end("SIGKILL"));
  await child.status;
  over.abort();
  await hurried; // Its children too, when they did not listen.
}
