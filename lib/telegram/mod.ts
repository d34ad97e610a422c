/** Polling, authorization, routing, commands, outbox, rendering, requests. */
export { type Call, createCall } from "./api/calls.ts";
export { findCommand } from "./features/commands.ts";
export { composer } from "./views/composer.ts";
export type { Context, Machine } from "./context.ts";
export { homelabReports } from "./features/homelab/report.ts";
export { createReceiver } from "./inbox/receive.ts";
export type { StatusReport, Watching } from "./context.ts";
export { Menu } from "./features/menu.ts";
export { offers } from "./features/offers/offer.ts";
export { Outbox } from "./outbox/outbox.ts";
export { introduce, poll, PollHealth, TokenError } from "./api/poll.ts";
export { pollNews } from "./features/info/poll_news.ts";
export { noticeRows } from "./features/schedule/notice.ts";

export { Router } from "./inbox/router.ts";
export { Outputs, type Rules } from "./features/running.ts";
export { StatusPresenter } from "./views/status.ts";
export { tellTrustNews } from "./features/trust/news.ts";
export { Urgent } from "./inbox/urgent.ts";
export { WaitingPresenter } from "./views/waiting.ts";
