import type { InlineKeyboardButton } from "grammy/types";
import {
  decodeLifecycleAction,
  encodeLifecycleAction,
  type LifecycleAction,
} from "./lifecycle_action.ts";
import { decodePromptAction, encodePromptAction, type PromptAction } from "./prompts/action.ts";
import { decodeReportAction, encodeReportAction, type ReportAction } from "./homelab/action.ts";
import { type ControlAction, decodeControl, encodeControl } from "./settings/action.ts";
import {
  decodeScheduleAction,
  encodeScheduleAction,
  type ScheduleAction,
} from "./schedule/action.ts";
import { decodeOfferAction, encodeOfferAction, type OfferAction } from "./offers/action.ts";
import { decodeTrustAction, encodeTrustAction, type TrustAction } from "./trust/action.ts";
import { decodeGrantAction, encodeGrantAction, type GrantAction } from "./grants/action.ts";
import { decodeQueueAction, encodeQueueAction, type QueueAction } from "./queue_action.ts";

/** What a button does. Its data has 64 bytes at the most, so it names rows and sessions only. */
export type Action =
  | { readonly do: "switch"; readonly session: string }
  | { readonly do: "make-default" }
  | { readonly do: "stop"; readonly turn: string }
  | PromptAction
  | QueueAction
  | GrantAction
  | LifecycleAction
  | ReportAction
  | ScheduleAction
  | ControlAction
  | OfferAction
  | TrustAction
  | { readonly do: "again" | "continue"; readonly job: number }
  /** What a message offers about a job is declined: its buttons go. */
  | { readonly do: "dismiss"; readonly job: number }
  /** `made` is when the session was made, in base 36: a later one of its name is another. */
  | { readonly do: "archive"; readonly session: string; readonly made: string }
  | { readonly do: "keep"; readonly session: string }
  /** Archives by {@linkcode archiveKey}: their names are longer than a button's data may be. */
  | { readonly do: "restore"; readonly archive: string };

/** The `callback_data` of an action. */
export function encode(action: Action): string {
  switch (action.do) {
    case "switch":
      return `s:${action.session}`;
    case "make-default":
      return "d";
    case "stop":
      return `x:${action.turn}`;
    case "prompt":
      return `p:${encodePromptAction(action)}`;
    case "queue":
      return `q:${encodeQueueAction(action)}`;
    case "grant":
      return `g:${encodeGrantAction(action)}`;
    case "report":
      return `h:${encodeReportAction(action)}`;
    case "schedule":
      return `t:${encodeScheduleAction(action)}`;
    case "lifecycle":
      return `l:${encodeLifecycleAction(action)}`;
    case "offer":
      return `e:${encodeOfferAction(action)}`;
    case "trust":
      return `u:${encodeTrustAction(action)}`;
    case "again":
      return `a:${action.job}`;
    case "continue":
      return `c:${action.job}`;
    case "dismiss":
      return `m:${action.job}`;
    case "archive":
      return `z:${action.session}:${action.made}`;
    case "keep":
      return `k:${action.session}`;
    case "restore":
      return `r:${action.archive}`;
    default:
      return `v:${encodeControl(action)}`;
  }
}

/** The action of a `callback_data`; null for anything that we did not write. */
export function decode(data: string): Action | null {
  if (data === "d") return { do: "make-default" };
  const [, letter, rest] = /^([a-z]):(.{1,62})$/s.exec(data) ?? [];
  if (letter === undefined || rest === undefined) return null;
  if (letter === "s") return { do: "switch", session: rest };
  if (letter === "p") return decodePromptAction(rest);
  if (letter === "v") return decodeControl(rest);
  if (letter === "q") return decodeQueueAction(rest);
  if (letter === "g") return decodeGrantAction(rest);
  if (letter === "h") return decodeReportAction(rest);
  if (letter === "t") return decodeScheduleAction(rest);
  if (letter === "l") return decodeLifecycleAction(rest);
  if (letter === "e") return decodeOfferAction(rest);
  if (letter === "u") return decodeTrustAction(rest);
  if (letter === "x") return { do: "stop", turn: rest };
  if (letter === "z") {
    const [session = "", made = ""] = rest.split(":");
    return { do: "archive", session, made };
  }
  if (letter === "k") return { do: "keep", session: rest };
  if (letter === "r") return { do: "restore", archive: rest };
  if (!/^\d{1,15}$/.test(rest)) return null;
  const id = Number(rest);
  if (letter === "a") return { do: "again", job: id };
  if (letter === "c") return { do: "continue", job: id };
  if (letter === "m") return { do: "dismiss", job: id };
  return null;
}

/** A button under a message. */
export const button = (text: string, action: Action): InlineKeyboardButton => ({
  text,
  callback_data: encode(action),
});

/** Buttons in rows, as a message carries them. */
export const keyboard = (...rows: InlineKeyboardButton[][]) => ({
  reply_markup: { inline_keyboard: rows.filter((row) => row.length > 0) },
});
