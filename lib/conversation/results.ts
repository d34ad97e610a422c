/** What `stop` found. */
export type StopResult = "nothing" | "stopping" | "killed";

/**
 * What became of a job that was to be sent at once: `sent` to the running turn; `next`, since none
 * can take it now; `elsewhere`, as the turn is another person's or place's; `gone` already.
 */
export type SteerResult = "sent" | "next" | "elsewhere" | "gone";
