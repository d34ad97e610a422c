/** One session at work: jobs, events, the view of a turn. */
export { answeredBy, type BareAnswer, bareAnswer } from "./bare.ts";
export { startOfDay } from "./budget.ts";
export type { StopResult } from "./conversation.ts";
export { Conversations } from "./conversations.ts";
export type {
  Composer,
  Output,
  Presenter,
  QueuePresenter,
  StartFailure,
  StepEvent,
  Waiting,
  Worker,
} from "./options.ts";
export { settleUncertain } from "./outcome.ts";
export { isFree, type Queue } from "./queue.ts";
export { type Choice, type Closing, CONTINUES, type Notice, type Turn, wordsOf } from "./turn.ts";
export { answerOf, type Step, type TurnView } from "./view.ts";
