/**
 * Answers of services, made into values of a known shape: the one place where what others say becomes ours.
 * @module
 */
import { z } from "zod";
import { ServiceError } from "./client.ts";

/**
 * `value` in that shape. `asked` names the question for the sentence that says where it is not.
 * @throws {ServiceError}
 */
export function decode<T>(shape: z.ZodType<T>, value: unknown, asked: string): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new ServiceError("answer", `answered ${asked} in a shape that is not known (${where})`);
}

/** A JSON text in that shape; null for any other text. */
export function decodeText<T>(shape: z.ZodType<T>, text: string): T | null {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** A field that counts as not told when it is missing or not in that shape. */
export const told = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);

/** A field that is read as text, a number too; "?" when it is not told. */
export const asText = told(z.union([z.string(), z.number(), z.boolean()]))
  .transform((value) => value === undefined ? "?" : String(value));

/**
 * A field with a time, written with a space where ISO 8601 has a T; in milliseconds since 1970, NaN for
 * anything else. `zone` is that of a time that does not say it.
 */
export const asTime = (zone: "" | "Z" = "") =>
  asText.transform((time) => Date.parse(`${time}${zone}`.replace(" ", "T")));
