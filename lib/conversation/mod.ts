/** One session at work: jobs, events, the view of a turn. */
export { Conversation } from "./conversation.ts";
export type { SteerResult, StopResult } from "./results.ts";
export type { Queue } from "./queue.ts";
export type { ConversationOptions, Worker } from "./options.ts";
export { Conversations } from "./conversations.ts";
export { CONTINUES, wordsOf } from "./turn.ts";
export { settleUncertain } from "./recovery.ts";
export { answerOf } from "./view.ts";
export type { Step, TurnView } from "./view.ts";
export type {
  Closing,
  Composer,
  Output,
  Presenter,
  QueuePresenter,
  StepEvent,
  Turn,
  Waiting,
} from "./presenter.ts";
export { startOfDay } from "./budget.ts";
