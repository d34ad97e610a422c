/** One session at work: jobs, events, the view of a turn. */
export { answeredBy, type BareAnswer, bareAnswer } from "./bare.ts";
export { startOfDay } from "./budget.ts";
export type { StopResult } from "./conversation.ts";
export { Conversations } from "./conversations.ts";
export type {
  Composer,
  Offer,
  Output,
  Presenter,
  QueuePresenter,
  StartFailure,
  StepEvent,
  Waiting,
  Worker,
} from "./options.ts";
export { settleUncertain } from "./outcome.ts";
export type { Queue } from "./queue.ts";
export { type Closing, CONTINUES, type Turn, wordsOf } from "./turn.ts";
export { answerOf, type Step, type TurnView } from "./view.ts";
