/** The durable record: what arrived, what was asked of Claude, what must reach the chat. */
export { JournalError, openJournal } from "./journal.ts";
export type { Journal } from "./journal.ts";
export type { JournalUpdate, UpdateKind } from "./updates.ts";
export type { Job, JobOutcome, NewJob } from "./jobs.ts";
export type { Delivery, NewDelivery } from "./deliveries.ts";
export { PRIORITY } from "./deliveries.ts";
export type { OpenPrompt } from "./prompts.ts";
export { type Place, placeKey } from "./place.ts";
