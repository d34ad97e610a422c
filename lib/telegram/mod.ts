/** Polling, authorization, routing, commands, outbox, rendering, prompts. */
export { type Call, createCall } from "./calls.ts";
export { findCommand, MENU } from "./commands.ts";
export { composer } from "./compose.ts";
export type { Context } from "./context.ts";
export { createIntake } from "./intake.ts";
export { Outbox } from "./outbox.ts";
export { introduce, poll, TokenError } from "./poll.ts";
export { Router } from "./router.ts";
export { Outputs, type Rules } from "./running.ts";
export { StatusScreen } from "./status.ts";
export { WaitingScreen } from "./waiting.ts";
