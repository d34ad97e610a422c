import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { asText, asTime, decode, decodeText, told } from "../../../lib/homelab/http/decode.ts";
import { ServiceError } from "../../../lib/homelab/http/client.ts";

const shape = z.object({ name: asText, at: asTime(), count: told(z.number()) });

Deno.test("decode: a field that is missing or odd counts as not told, and costs no other", () => {
  const nothing = { name: "?", at: NaN, count: undefined };
  assertEquals(decode(shape, {}, "/x"), { name: "?", at: NaN });
  const odd = { name: { toString: 1 }, at: [], count: "7" };
  assertEquals(decode(shape, odd, "/x"), nothing);
  assertEquals(
    decode(shape, { name: 7, at: "2026-11-20 18:40:00.000Z", count: 2, more: 1 }, "/x"),
    {
      ...{ name: "7", at: Date.parse("2026-11-20T18:40:00Z"), count: 2 },
    },
  );
  assertEquals(asTime("Z").parse("2026-11-20 18:40:00"), Date.parse("2026-11-20T18:40:00Z"));
});

Deno.test("decode: what is no answer at all is said with the place where it is not", () => {
  const list = z.object({ items: z.array(z.object({ id: z.string() })) });
  const ask = () => decode(list, { items: [{ id: "a" }, {}] }, "/list");
  const expected = "answered /list in a shape that is not known (items.1.id)";
  assertThrows(ask, ServiceError, expected);
  assertThrows(() => decode(list, null, "/list"), ServiceError, "/list");
});

Deno.test("decode: a text that is no JSON, or another shape, is nothing", () => {
  const token = z.object({ token: z.string() });
  assertEquals(decodeText(token, '{"token":"t","record":{}}'), { token: "t" });
  for (const text of ["", "{", "[]", '{"token":1}', "null"]) {
    assertEquals(decodeText(token, text), null);
  }
});
