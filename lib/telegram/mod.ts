/** Polling, authorization, routing, commands, outbox, rendering, prompts. */
export { type Call, createCall } from "./calls.ts";
export { findCommand } from "./commands.ts";
export { composer } from "./compose.ts";
export type { Context, Machine } from "./context.ts";
export { homelabReports } from "./homelab/status.ts";
export { createIntake } from "./intake.ts";
export type { StatusReport } from "./info/status.ts";
export { Menu } from "./menu.ts";
export { Outbox } from "./outbox.ts";
export { introduce, poll, PollHealth, TokenError } from "./poll.ts";
export { pollNews } from "./poll_news.ts";
export { noticeRows } from "./schedule/notice.ts";
export type { Watching } from "./schedule/watches.ts";
export { Router } from "./router.ts";
export { Outputs, type Rules } from "./running.ts";
export { StatusScreen } from "./status.ts";
export { Urgent } from "./urgent.ts";
export { WaitingScreen } from "./waiting.ts";
