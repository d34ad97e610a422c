import { logger } from "../../log/mod.ts";
import type { Context, Reply } from "../context.ts";
import { isCommand, isSteered } from "../incoming/incoming.ts";
import { addJob, extendJob, restPieces } from "../incoming/jobs.ts";
import type { Begun, Group } from "../incoming/message_groups.ts";
import { replyRows } from "./replies.ts";
import { askForSession, releaseHeld } from "../features/sessions/switching.ts";

const log = logger("router");

/**
 * Makes the messages of one prompt a job, or a part of the one that their beginning became.
 * @param begun the text that they are the rest of.
 * @returns the job; null when they are kept until a session is chosen.
 */
export async function submit(
  context: Context,
  parts: Group,
  begun: Begun | undefined,
): Promise<number | null> {
  const job = begun === undefined ? null : goOn(context, begun, parts);
  return job ?? await ask(context, parts, begun !== undefined);
}

/**
 * Serves the rest of a text whose beginning, cut at an early gap, did not wait for it: a job that
 * still waits is extended, a running turn takes it in; nothing is started again.
 * @returns null when the beginning is no job that could go on.
 */
function goOn(context: Context, begun: Begun, parts: Group): number | null {
  const { journal, conversations } = context;
  const job = begun.job === null ? undefined : journal.jobs.get(begun.job);
  if (job === undefined) return null;
  const { session } = job;
  const before = begun.parts.at(-1)!;
  if (journal.transaction(() => extendJob(context, job.id, before, parts))) {
    // With what stood before it, it is one text too: that may be running already.
    if (!begun.follows || !steer(context, session, job.id)) conversations.wake(session);
    return job.id;
  }
  if (isCommand(begun.parts[0].message.text ?? "")) return null; // Claude Code's own takes no more.
  const pieces = restPieces(before, parts);
  const id = journal.transaction(() => addJob(context, parts, session, pieces));
  if (!steer(context, session, id)) conversations.wake(session);
  return id;
}

/** Makes messages a job of the session that is current now; in a hurry for its running turn. */
async function ask(
  context: Context,
  parts: Group,
  hurried: boolean,
): Promise<number | null> {
  const { journal, sessions, conversations } = context;
  const { asker: { place } } = parts[0];
  const session = await sessions.active(place);
  if (session === null) {
    const question = await askForSession(context);
    // One may have been chosen while the buttons were made.
    if (await sessions.active(place) !== null) return await ask(context, parts, hurried);
    hold(context, parts, question);
    return null;
  }
  releaseHeld(context, place, session); // They came first, and the tap may be under way.
  const id = journal.transaction(() => addJob(context, parts, session));
  const steers = hurried || isSteered(parts[0]);
  if (!steers || !steer(context, session, id)) conversations.wake(session);
  return id;
}

/** Keeps messages until a session is chosen, and asks for it once. */
function hold(
  { journal, clock, outbox }: Context,
  parts: Group,
  question: Reply,
): void {
  const last = parts.at(-1)!;
  const { place, user } = last.asker;
  const held = journal.updates.held(place, user).length > 0;
  journal.transaction(() => {
    for (const { id } of parts) journal.updates.hold(id);
    if (!held) journal.deliveries.add(replyRows(last, question), clock.now());
  });
  outbox.wake(place.chat);
}

/** Where a job cannot be handed to the turn it waits: it is in the journal, and goes next. */
function steer({ conversations }: Context, session: string, job: number): boolean {
  try {
    return conversations.of(session).steer(job) === "sent";
  } catch (error) {
    log.error("Cannot steer job {job} of {session}: {error}", { job, session, error });
    return false;
  }
}
