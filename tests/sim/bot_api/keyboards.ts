import type { InlineKeyboardButton, InlineKeyboardMarkup } from "grammy/types";
import { badRequest } from "./errors.ts";
import { isObject, type Params } from "./params.ts";

const ACTIONS = [
  "url",
  "callback_data",
  "web_app",
  "login_url",
  "disabled",
  "switch_inline_query",
  "switch_inline_query_current_chat",
  "switch_inline_query_chosen_chat",
  "copy_text",
  "callback_game",
  "pay",
];
const OTHER_MARKUPS = ["keyboard", "remove_keyboard", "force_reply"];
const MAX_BUTTONS = 100;

/**
 * The inline keyboard of a call, or undefined when it has none. Throws the 400 of a keyboard that
 * Telegram refuses. A keyboard of another kind is allowed in a send (and not kept), not in an edit.
 */
export function inlineKeyboard(params: Params, inEdit: boolean): InlineKeyboardMarkup | undefined {
  const markup = params.object("reply_markup");
  if (!markup || Object.keys(markup).length === 0) return undefined;
  if (!("inline_keyboard" in markup)) {
    if (!inEdit && OTHER_MARKUPS.some((name) => name in markup)) return undefined;
    throw badRequest("object expected as reply markup");
  }
  const rows = markup.inline_keyboard;
  if (!Array.isArray(rows)) throw badRequest("can't parse inline keyboard: array expected");
  if (rows.length === 0) return undefined;
  const keyboard = rows.map(checkRow);
  if (keyboard.flat().length > MAX_BUTTONS) throw badRequest("reply markup is too long");
  return { inline_keyboard: keyboard };
}

function checkRow(row: unknown): InlineKeyboardButton[] {
  if (!Array.isArray(row)) throw badRequest("can't parse inline keyboard row: array expected");
  if (row.length === 0) throw badRequest("can't parse inline keyboard row: it is empty");
  return row.map(checkButton);
}

function checkButton(button: unknown): InlineKeyboardButton {
  if (!isObject(button)) throw badRequest("can't parse inline keyboard button: object expected");
  if (typeof button.text !== "string" || button.text.trim() === "") {
    throw badRequest("can't parse inline keyboard button: text must be non-empty");
  }
  const actions = ACTIONS.filter((action) => button[action] !== undefined);
  if (actions.length === 0) throw badRequest("text buttons are unallowed in the inline keyboard");
  if (actions.length > 1) {
    throw badRequest("can't parse inline keyboard button: it has more than one type");
  }
  if (button.style !== undefined && !/^(danger|success|primary)$/.test(String(button.style))) {
    throw badRequest("can't parse inline keyboard button: unknown style");
  }
  checkAction(button);
  return button as unknown as InlineKeyboardButton; // Its shape was checked just above.
}

function checkAction({ callback_data: data, copy_text: copy, url }: Record<string, unknown>): void {
  if (data !== undefined) {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data).length : 0;
    if (bytes < 1 || bytes > 64) throw badRequest("BUTTON_DATA_INVALID");
  }
  if (copy !== undefined) {
    const text = isObject(copy) && typeof copy.text === "string" ? copy.text : "";
    if (text.length < 1 || text.length > 256) throw badRequest("BUTTON_COPY_TEXT_INVALID");
  }
  if (url !== undefined && !/^(https?:\/\/|tg:)/.test(String(url))) {
    throw badRequest(`inline keyboard button URL '${String(url)}' is invalid: Wrong HTTP URL`);
  }
}
