/** Plain JSON answers and the words of API errors. */

import type { ServerResponse } from "node:http";
import { Buffer } from "node:buffer";

const ERRORS: Record<number, readonly [type: string, message: string]> = {
  400: ["invalid_request_error", "bad request"],
  401: ["authentication_error", "invalid x-api-key"],
  402: ["billing_error", "Your credit balance is too low to access the Anthropic API."],
  403: [
    "permission_error",
    "Your API key does not have permission to use the specified resource",
  ],
  404: ["not_found_error", "model: not found"],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: [
    "rate_limit_error",
    "This request would exceed your account's rate limit. Please try again later.",
  ],
  500: ["api_error", "Internal server error"],
  529: ["overloaded_error", "Overloaded"],
};

/** The type and the words that the API gives for a status. */
export function errorOf(status: number): { type: string; message: string } {
  const [type, message] = ERRORS[status] ?? ["api_error", "stand-in error"];
  return { type, message };
}

export function errorBody(status: number, message: string | undefined, requestId: string): object {
  const known = errorOf(status);
  const error = { type: known.type, message: message ?? known.message };
  return { type: "error", error, request_id: requestId };
}

export function sendJson(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const data = Buffer.from(JSON.stringify(value));
  const fixed = { "content-type": "application/json", "content-length": data.length };
  res.writeHead(status, { ...fixed, ...headers });
  res.end(data);
}
