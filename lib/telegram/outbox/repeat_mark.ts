/** Added to a text that may be in the chat twice. Whoever cuts texts leaves room for it. */
export const REPEAT_MARK = "\n\n↻ Sent again after a broken connection.";
