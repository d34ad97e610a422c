/** One session at work: jobs, events, the view of a turn. */
export { Conversation } from "./conversation.ts";
export type { StopResult } from "./conversation.ts";
export type { ConversationOptions, Worker } from "./options.ts";
export { Conversations } from "./conversations.ts";
export { settleUncertain } from "./recovery.ts";
export { answerOf } from "./view.ts";
export type { Step, TurnView } from "./view.ts";
export type { Closing, Composer, Screen, Turn } from "./screen.ts";
