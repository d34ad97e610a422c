/**
 * What the outside world recorded of a run: the people, the Bot API, the CLI, and what was left. None
 * of it comes from the program, but for the last look into its journal.
 */

/** A message of a person that has to be answered or accounted for; they are in the order of their places. */
export interface Sent {
  /** Stands in this text and in no other, near its beginning; no token is part of another. */
  readonly token: string;
  readonly chat: number;
  readonly messageId: number;
  readonly session: string;
  /** Who wrote it, where several do: what one of them sends keeps its order. */
  readonly author?: number;
  /** Where it stands among what was delivered; in the order of `messageId` when it is not given. */
  readonly place?: number;
  /** It went ahead of others, or was held back, on purpose: it has no place in the order. */
  readonly outOfOrder?: boolean;
  /** A yes or a no and nothing else, as its token says: the CLI may read it as a tap. */
  readonly bare?: "yes" | "no";
  /** When it was sent, by the clock of {@linkcode CliGiven.at}. */
  readonly at?: number;
  /** What was sent in one burst, such as forwards with their comment: it may become one prompt. */
  readonly burst?: number;
}

/** Where a message stands among those that were delivered. */
export const placeOf = ({ place, messageId }: Sent): number => place ?? messageId;

/** The whole text of a bare answer that is no other one's: what follows the word counts. */
export const bareToken = (bare: "yes" | "no", number: number): string =>
  bare + number.toString(2).padStart(12, "0").replaceAll("0", ".").replaceAll("1", "!");

/** The last words that a person gave a message by editing it. */
export interface Edit {
  readonly chat: number;
  readonly messageId: number;
  /** They stand in these words and nowhere else. */
  readonly token: string;
  /** The newest message of all chats at that time: what was said of it came later. */
  readonly after: number;
  /** How often the message was edited. */
  readonly times: number;
}

/** Notes the last words of a message among those of the others. */
export function noteEdit(edits: Map<string, Edit>, edit: Omit<Edit, "times">): void {
  const key = `${edit.chat} ${edit.messageId}`;
  edits.set(key, { ...edit, times: (edits.get(key)?.times ?? 0) + 1 });
}

/** A call that makes a message, changes one or deletes it; in the order of their arrival. */
export interface Attempt {
  readonly at: number;
  readonly kind: "send" | "edit" | "delete";
  readonly chat: number;
  /** The text, or the caption of a file. */
  readonly text: string;
  readonly replyTo: number | null;
  readonly silent: boolean;
  /** The labels of its buttons. */
  readonly buttons: readonly string[];
  /** The message that was made or is meant; null when none was made. */
  readonly messageId: number | null;
  /** Whether it had its effect, whatever the program was told. */
  readonly executed: boolean;
  /**
   * Whether the program could know what became of it: `yes` after a definite answer that it lived to
   * read and to write down; `no` without one; `maybe` when it died at that time.
   */
  readonly known: "yes" | "no" | "maybe";
}

/** A prompt as the CLI read it. */
export interface CliPrompt {
  readonly uuid: string;
  readonly session: string;
  readonly text: string;
}

/** What a person said to a request of Claude's, as the CLI read it: a denial's reason, answers. */
export interface CliGiven {
  readonly session: string;
  /** All its words, where it has any; they are no prompt. */
  readonly text: string;
  /** Whether it lets Claude go on. */
  readonly yes?: boolean;
  readonly at?: number;
}

/** A turn as the CLI ran it. */
export interface CliTurn {
  /** The prompts that it answered; none when nobody asked. */
  readonly uuids: readonly string[];
  /** The top-level texts of its answer, in their order. */
  readonly texts: readonly string[];
  /** `answered`: it came to its natural end and said so; `cut`: anything else. */
  readonly end: "answered" | "cut";
}

/** A tap on "Ask again", "Continue" or "Run again". */
export interface Press {
  /** By the clock of the attempts. */
  readonly at: number;
  readonly chat: number;
  readonly messageId: number;
  /** `maybe`: the program died before it said so. */
  readonly took: "yes" | "no" | "maybe";
}

/** What is there when everything should be over. */
export interface Left {
  /** Processes that should not run any more, in words. */
  readonly processes: readonly string[];
  /** Rows of the journal without an end, in words. */
  readonly open: readonly string[];
  /** What `PRAGMA integrity_check` says. */
  readonly integrity: string;
}

export interface Evidence {
  readonly sent: readonly Sent[];
  readonly attempts: readonly Attempt[];
  readonly prompts: readonly CliPrompt[];
  readonly given: readonly CliGiven[];
  readonly turns: readonly CliTurn[];
  readonly presses: readonly Press[];
  /** The messages of the program's that somebody has tapped a button of. */
  readonly tapped?: readonly { readonly chat: number; readonly messageId: number }[];
  readonly edits: readonly Edit[];
  /** How often the program was stopped, or a process ended from outside. */
  readonly kills: number;
  /** What the Bot API held against the program: calls within a ban, a `parse_mode`. */
  readonly broken: readonly string[];
  /** Null while the run goes on. */
  readonly left: Left | null;
}

/** A promise that was broken, with what shows it. */
export interface Violation {
  readonly rule: string;
  readonly words: string;
}
