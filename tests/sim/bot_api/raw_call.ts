import type { Message } from "grammy/types";

/** What a call was answered, as it came. */
export interface RawAnswer<Result> {
  status: number;
  ok: boolean;
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number };
  /** Missing when the call was refused. */
  result: Result;
}

/** A call of the Bot API without a library between, for tests of the server itself. */
export async function rawCall<Result = Message>(
  api: { url: string; token: string },
  method: string,
  payload: object | FormData | URLSearchParams = {},
): Promise<RawAnswer<Result>> {
  const isForm = payload instanceof FormData || payload instanceof URLSearchParams;
  const response = await fetch(`${api.url}/bot${api.token}/${method}`, {
    method: "POST",
    body: isForm ? payload : JSON.stringify(payload),
    headers: isForm ? {} : { "content-type": "application/json" },
  });
  return { status: response.status, ...await response.json() };
}
