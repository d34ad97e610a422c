/** The durable record: what arrived, what was asked of Claude, what must reach the chat. */
export { JournalError, openJournal } from "./journal.ts";
export type { Journal } from "./journal.ts";
export { type Damage, damageOf, openSoundJournal } from "./damage.ts";
export type { JournalUpdate, UpdateKind } from "./updates.ts";
export type { Job, JobOutcome, NewJob } from "./jobs.ts";
export { joined, type Piece } from "./pieces.ts";
export type { Delivery, NewDelivery } from "./deliveries.ts";
export { belongingOf, PRIORITY } from "./deliveries.ts";
export type { Grant } from "./grants.ts";
export type { NewRequest, OpenRequest } from "./requests.ts";
export type { Rename } from "./renames.ts";
export type { SessionChanges, SessionOffer, SessionRecord, Sessions } from "./sessions.ts";
export { type Place, placeKey, placeOf } from "./place.ts";
export type { Spent, TurnCost, WindowRow } from "./usage.ts";
export type { AlertLine, Alerts, AlertTelling, AlertThing } from "./alerts.ts";
export type { Finding, NewWatch, Watch, Watches } from "./watches.ts";
export type { TrustOffer, TrustRow, Trusts, Warnings } from "./trust.ts";
