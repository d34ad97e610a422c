/** An answer that refuses a call, in the words that Telegram uses. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: number,
    readonly description: string,
    readonly parameters?: { retry_after: number },
  ) {
    super(description);
  }

  /** The body of the answer. */
  body(): Record<string, unknown> {
    const body = { ok: false, error_code: this.code, description: this.description };
    return this.parameters ? { ...body, parameters: this.parameters } : body;
  }
}

export function badRequest(what: string): ApiError {
  return new ApiError(400, `Bad Request: ${what}`);
}

export function tooManyRequests(seconds: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}
