/** Requests of Claude's to a person, and their answers: a permission request, a question, a plan. */
import type { Grantable } from "./grantable.ts";

type Input = Readonly<Record<string, unknown>>;

/** Something that Claude may not do without a person's word. */
export interface PermissionRequest {
  readonly kind: "permission";
  /** The CLI's request id; one answer. */
  readonly id: string;
  readonly tool: string;
  readonly input: Input;
  /** Its aim, in one line. */
  readonly summary: string;
  /** Why the CLI asks, where it says so. */
  readonly reason: string | null;
  /** A subagent asks. */
  readonly subagent: boolean;
  /** The right that may be given from now on; null when none may. */
  readonly grantable: Grantable | null;
  /** The file that it is about, where somebody read it: what a `Write` replaces, a skill; else null. */
  readonly before: string | null;
}

export interface Option {
  readonly label: string;
  readonly description: string;
  /** An example of what choosing it leads to; empty when there is none. */
  readonly preview: string;
}

export interface Question {
  readonly text: string;
  readonly header: string;
  readonly multiSelect: boolean;
  readonly options: readonly Option[];
}

/** One or several questions that Claude has. */
export interface QuestionRequest {
  readonly kind: "question";
  readonly id: string;
  readonly summary: string;
  readonly questions: readonly Question[];
  /** The form of an MCP server; absent for questions of Claude's. */
  readonly form?: Form;
}

/** A plan that Claude would like to carry out. */
export interface PlanRequest {
  readonly kind: "plan";
  readonly id: string;
  readonly summary: string;
  /** Markdown; empty when the CLI did not give it. */
  readonly plan: string;
}

/** A request of Claude's to a person. */
export type ClaudeRequest = PermissionRequest | QuestionRequest | PlanRequest;

/** A person's answer to a request. `deny` fits every kind; its reason reaches the model. */
export type RequestAnswer =
  | { readonly kind: "allow" }
  | { readonly kind: "deny"; readonly reason: string }
  /** A form is neither answered nor declined. */
  | { readonly kind: "dismiss" }
  /** For each question its answer: a label, several joined by commas, or any words. */
  | { readonly kind: "answers"; readonly answers: Readonly<Record<string, string>> }
  /** Free words to all questions at once. */
  | { readonly kind: "response"; readonly text: string }
  /** The plan is accepted; its edits are asked for one by one, or not. */
  | { readonly kind: "start"; readonly edits: "ask" | "accept" };

/**
 * A request of an MCP server to a person (MCP 2025-11-25, elicitation; the CLI's control request of that
 * name, 2.1.329): a form of plain fields, or an address to be opened. All of it was written by the
 * server. The CLI checks nothing of the answer, so that is done here.
 */
export interface Form {
  readonly server: string;
  /** The server's words. */
  readonly message: string;
  /** The address to be opened; null for a form. */
  readonly url: string | null;
  /** One for each question; none where only a yes is asked for. */
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: "string" | "number" | "integer" | "boolean" | "choice" | "choices";
  readonly required: boolean;
  /** Of a choice: what each option of its question stands for. */
  readonly values: readonly string[];
  /** Of a text its length, of a number itself, of choices how many. */
  readonly min: number | null;
  readonly max: number | null;
  readonly format: string | null;
}
