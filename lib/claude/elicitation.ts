import { z } from "zod";
import { oneLine } from "../text.ts";
import type { Field, Question, QuestionRequest } from "./request.ts";
import { SUMMARY } from "./tools.ts";

/** More than that is no form for a phone. */
const MOST_FIELDS = 20;
const MOST_OPTIONS = 40;
const LONGEST = { name: 200, words: 4_000, url: 8_000 } as const;

const words = z.string().max(LONGEST.words).catch("");
const bound = z.number().nullable().catch(null);
const choice = z.object({ const: z.string().max(LONGEST.name), title: words });
const choices = z.array(choice).max(MOST_OPTIONS);
const names = z.array(z.string().max(LONGEST.name)).max(MOST_OPTIONS);

const Property = z.looseObject({
  type: z.string().catch("string"),
  title: words,
  description: words,
  default: z.unknown().optional(),
  enum: names.optional(),
  enumNames: z.array(words).optional().catch(undefined),
  oneOf: choices.optional(),
  items: z.looseObject({ enum: names.optional(), anyOf: choices.optional() }).optional(),
  format: z.string().nullable().catch(null),
  minLength: bound,
  maxLength: bound,
  minimum: bound,
  maximum: bound,
  minItems: bound,
  maxItems: bound,
});
type Property = z.infer<typeof Property>;

const Elicitation = z.looseObject({
  mcp_server_name: z.string().max(LONGEST.name),
  message: z.string().max(LONGEST.words),
  mode: z.enum(["form", "url"]).catch("form"),
  url: z.string().max(LONGEST.url).optional(),
  property_order: z.array(z.string()).catch([]),
  requested_schema: z.looseObject({
    properties: z.record(z.string().max(LONGEST.name), Property).catch({}),
    required: z.array(z.string()).catch([]),
  }).optional(),
});

/** The request of the CLI's that a person is to answer; null for one that cannot be shown. */
export function decodeElicitation(id: string, request: unknown): QuestionRequest | null {
  const parsed = Elicitation.safeParse(request);
  if (!parsed.success) return null;
  const { mcp_server_name: server, message, mode, url = "", requested_schema: schema } =
    parsed.data;
  const common = {
    kind: "question",
    id,
    summary: oneLine(`${server} asks: ${message}`, SUMMARY),
  } as const;
  if (mode === "url") {
    if (!/^https?:\/\//i.test(url)) return null;
    return {
      ...common,
      questions: [yes(message, "Done")],
      form: { server, message, url, fields: [] },
    };
  }
  const named = Object.entries(schema?.properties ?? {});
  const { property_order: order } = parsed.data;
  named.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  if (named.length > MOST_FIELDS) return null;
  const all = named.map(([name, property]) =>
    fieldOf(name, property, schema?.required.includes(name) ?? false)
  );
  if (all.some((each) => each === null)) return null;
  const fields = all.filter((each) => each !== null);
  const questions = fields.map(({ question }) => question);
  return {
    ...common,
    questions: questions.length > 0 ? questions : [yes(message, "Yes")],
    form: { server, message, url: null, fields: fields.map(({ field }) => field) },
  };
}

function yes(text: string, label: string): Question {
  return { text, header: "", multiSelect: false, options: [option(label)] };
}

const option = (label: string, description = "") => ({ label, description, preview: "" });

/** A field with its question; null for one of a kind that no form has. */
function fieldOf(
  name: string,
  property: Property,
  required: boolean,
): { field: Field; question: Question } | null {
  const { title, description, format } = property;
  const type = typeOf(property);
  if (type === null) return null;
  const listed = optionsOf(property);
  const isMany = type === "choices";
  const [min, max] = isMany
    ? [property.minItems, property.maxItems]
    : type === "string"
    ? [property.minLength, property.maxLength]
    : [property.minimum, property.maximum];
  const preset = presetOf(property, type);
  const labels = type === "boolean"
    ? ["Yes", "No"]
    : type === "choice" || isMany
    ? listed.map(({ title }) => title)
    : preset === null
    ? []
    : [preset];
  const about = [description, type === "integer" ? "A whole number." : ""];
  const text = [title === "" ? name : title, ...about].filter((each) => each !== "").join("\n");
  return {
    field: { name, type, required, values: listed.map(({ value }) => value), min, max, format },
    question: {
      ...{ text, header: name, multiSelect: isMany },
      options: labels.map((label) => option(label, label === preset ? "the usual value" : "")),
    },
  };
}

function typeOf({ type, enum: listed, oneOf, items }: Property): Field["type"] | null {
  if (type === "array") return (items?.enum ?? items?.anyOf) === undefined ? null : "choices";
  if (listed !== undefined || oneOf !== undefined) return "choice";
  if (type === "string" || type === "number" || type === "integer" || type === "boolean") {
    return type;
  }
  return null;
}

/** The choices of a field; those with the same title cannot be told apart, so their values are shown. */
function optionsOf({ enum: listed, enumNames, oneOf, items }: Property) {
  const titled = oneOf ?? items?.anyOf;
  const all = titled?.map((each) => ({ value: each.const, title: each.title || each.const })) ??
    (listed ?? items?.enum ?? []).map((value, index) => ({
      value,
      title: enumNames?.[index] || value,
    }));
  const titles = all.map(({ title }) => title);
  return new Set(titles).size === titles.length
    ? all
    : all.map(({ value }) => ({ value, title: value }));
}

/** The label of the server's default; null where there is none. */
function presetOf(property: Property, type: Field["type"]): string | null {
  const value = property.default;
  if (type === "boolean") return typeof value === "boolean" ? (value ? "Yes" : "No") : null;
  if (type === "choice") {
    return optionsOf(property).find((each) => each.value === value)?.title ?? null;
  }
  if (type === "string" && typeof value === "string" && value !== "") return value;
  if ((type === "number" || type === "integer") && typeof value === "number") return `${value}`;
  return null;
}

/** A field's answer: the value that the server gets, or why it gets none. */
type Given = { readonly value: unknown } | { readonly problem: string };

/** Why words are no answer to a field's question; null when they are one. */
export function problemOf(request: QuestionRequest, at: number, text: string): string | null {
  const [field, question] = [request.form?.fields[at], request.questions[at]];
  if (field === undefined || question === undefined) return null;
  if (text === "") return field.required ? "This has to be answered." : null;
  const given = valueOf(field, question, text);
  return "problem" in given ? given.problem : null;
}

/** The answers as the server gets them; what was left out is not there. */
export function contentOf(
  { form, questions }: QuestionRequest,
  answers: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const given = (form?.fields ?? []).flatMap((field, index) => {
    const text = Object.hasOwn(answers, field.name) ? answers[field.name]! : "";
    const found = text === "" ? null : valueOf(field, questions[index]!, text);
    return found !== null && "value" in found ? [[field.name, found.value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** The value of an answer to a field's question: of a label, several joined by commas, or own words. */
function valueOf(field: Field, { options }: Question, text: string): Given {
  const labels = options.map(({ label }) => label);
  switch (field.type) {
    case "boolean":
      return truth(text.trim().toLowerCase());
    case "choice": {
      const index = indexOf(text, field, labels);
      return index < 0 ? { problem: NOT_LISTED } : { value: field.values[index] };
    }
    case "choices": {
      const indexes = partsOf(text, labels).map((part) => indexOf(part, field, labels));
      if (indexes.includes(-1)) return { problem: NOT_LISTED };
      const value = [...new Set(indexes)].map((index) => field.values[index]);
      return within(field, value.length, "of them") ?? { value };
    }
    case "number":
    case "integer":
      return numeric(field, text.trim());
    case "string":
      return within(field, [...text].length, "characters") ?? formatted(field, text);
    default:
      return field.type satisfies never;
  }
}

const NOT_LISTED = "Take one of those that are listed.";

function truth(said: string): Given {
  if (["yes", "y", "true"].includes(said)) return { value: true };
  if (["no", "n", "false"].includes(said)) return { value: false };
  return { problem: "Answer yes or no." };
}

function numeric(field: Field, text: string): Given {
  if (!/^[+-]?\d{1,15}(?:[.,]\d{1,15})?$/.test(text)) return { problem: "That is no number." };
  const value = Number(text.replace(",", "."));
  if (field.type === "integer" && !Number.isInteger(value)) {
    return { problem: "It has to be a whole number." };
  }
  return within(field, value, "") ?? { value };
}

/** The labels in a text that joins them; they may hold commas themselves. */
function partsOf(text: string, labels: readonly string[]): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== "") {
    const fits = labels.filter((each) => rest === each || rest.startsWith(`${each}, `));
    const label = fits.sort((a, b) => b.length - a.length)[0] ?? rest.split(",", 1)[0]!;
    parts.push(label.trim());
    rest = rest.slice(label.length).replace(/^,? */, "");
  }
  return parts;
}

function indexOf(text: string, { values }: Field, labels: readonly string[]): number {
  const exact = labels.indexOf(text);
  if (exact >= 0) return exact;
  const wanted = text.trim().toLowerCase();
  const isMeant = (each: string) => each.toLowerCase() === wanted;
  const index = labels.findIndex(isMeant);
  return index >= 0 ? index : values.findIndex(isMeant);
}

function within({ min, max }: Field, size: number, of: string): Given | null {
  const unit = of === "" ? "" : ` ${of}`;
  if (min !== null && size < min) return { problem: `At least ${min}${unit}.` };
  if (max !== null && size > max) return { problem: `At most ${max}${unit}.` };
  return null;
}

const FORMATS: Readonly<Record<string, readonly [pattern: RegExp, problem: string]>> = {
  "email": [/^[^\s@]{1,200}@[^\s@]{1,200}$/, "That is no e-mail address."],
  "uri": [/^[a-z][a-z\d+.-]{0,30}:\S{1,4000}$/i, "That is no address; one begins with https://."],
  "date": [/^\d{4}-\d\d-\d\d$/, "Write the date as 2026-11-27."],
  "date-time": [
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
    "Write date and time as 2026-11-27T14:00:00Z.",
  ],
};

function formatted({ format }: Field, text: string): Given {
  const known = format !== null && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known === undefined || known[0].test(text.trim())) {
    return { value: known === undefined ? text : text.trim() };
  }
  return { problem: known[1] };
}
