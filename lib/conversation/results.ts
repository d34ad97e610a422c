/** What `stop` found. */
export type StopResult = "nothing" | "stopping" | "killed";

/**
 * What became of a job that was to be sent at once: `sent` to the running turn; `next`, since none
 * can take it now; `alone`, next as well, since a command of Claude Code's is none inside of a turn;
 * `elsewhere`, as the turn is another person's or place's; `gone` already.
 */
export type SteerResult = "sent" | "next" | "alone" | "elsewhere" | "gone";
