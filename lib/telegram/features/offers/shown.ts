import type { NewDelivery, Place } from "../../../journal/mod.ts";
import { PRIORITY } from "../../../journal/mod.ts";
import { type Edit, isUsable, type Persona, type SettingChange } from "../../../sessions/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import { type Document, documentDelivery } from "../../api/uploads.ts";
import { bold, code, concat, type FormattedText, lines, pre } from "../../text/formatted.ts";
import { lineDiff } from "../../text/diff.ts";
import { excerpt, short } from "../../text/excerpt.ts";
import { wordsOfMode } from "../settings/choices.ts";

const REFUSED_SHOWN = 10;

/** The subject that an offer's messages belong to. */
export const subjectOf = (id: number) => `offer:${id}`;

/** What a session's files say and the journal does not, with the buttons to take or to leave it. */
export function offerRows(edit: Edit, session: string, id: number, place: Place): NewDelivery[] {
  const { text, document } = offerShown(edit, session);
  const options = { priority: PRIORITY.request, subject: subjectOf(id) };
  const use = button("Use the new one", { do: "offer.use", offer: id });
  const keep = button("Keep the old one", { do: "offer.keep", offer: id });
  const extra = keyboard(isUsable(edit) ? [use, keep] : [keep]);
  return [
    // Before the buttons: what they are about is to be seen whole.
    ...(document === null ? [] : [documentDelivery(document, place, options)]),
    ...deliveries(text, { place, replyTo: null }, { ...options, extra }),
  ];
}

/** An offer in words; the document holds a diff that is too long for the message. */
export function offerShown(
  edit: Edit,
  session: string,
): { readonly text: FormattedText; readonly document: Document | null } {
  const { changes, persona, refused, problem } = edit;
  const diff = persona === null
    ? null
    : lineDiff(personaText(persona.before), personaText(persona.after));
  const shortened = diff === null ? null : excerpt(diff);
  const hidden = (shortened?.hidden ?? 0) > 0;
  const text = lines(
    headOf(edit, session),
    ...(changes.length === 0 ? [] : ["", code("metadata.json"), ...changes.map(changeLine)]),
    ...(shortened === null ? [] : ["", code("persona.json"), pre(shortened.head, "diff")]),
    ...(hidden ? ["… the whole change is in the document above."] : []),
    ...(problem === null ? [] : ["", concat(code("persona.json"), ` cannot be used: ${problem}`)]),
    ...refusedLines(refused),
  );
  return {
    text,
    document: hidden && diff !== null ? { name: `${session}-persona.diff`, text: diff } : null,
  };
}

function headOf({ foreign }: Edit, session: string): FormattedText {
  return foreign
    ? concat(
      "I have no record of how ",
      bold(session),
      " was set up: it comes from an archive, was copied in, or is older than my journal. " +
        "What its files ask for has no effect until you say so:",
    )
    : concat(
      "The files of ",
      bold(session),
      " were changed, and not from this chat. That has no effect until you say so:",
    );
}

function refusedLines(refused: readonly string[]): (string | FormattedText)[] {
  if (refused.length === 0) return [];
  const more = refused.length - REFUSED_SHOWN;
  return [
    "",
    concat("Left out, since only the persona in ", code("personas/"), " can allow it:"),
    ...refused.slice(0, REFUSED_SHOWN).map((each) => concat("• ", code(short(each)))),
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ];
}

const NAMES: Readonly<Record<SettingChange["field"], string>> = {
  persona: "persona",
  permission_mode: "mode",
  model: "model",
  effort: "effort",
  output: "output",
  idle_timeout: "idle time",
};

function changeLine({ field, from, to }: SettingChange): FormattedText {
  const [before, after] = [from, to].map((value) => code(valueText(field, value)));
  const words = field === "permission_mode" && typeof to === "string" ? wordsOfMode(to) : "";
  return concat(
    `• ${NAMES[field]}: `,
    before!,
    " → ",
    after!,
    words === "" ? "" : ` (${words})`,
  );
}

function valueText(field: SettingChange["field"], value: string | number | null): string {
  if (value === null) return "as persona and settings say";
  return field === "idle_timeout" ? `${value} s` : `${value}`;
}

/** A persona as lines, to be compared: its prompt is not the one long line that it is in JSON. */
function personaText({ name, description, settings, system_prompt: prompt }: Persona): string {
  const { allowed_tools: tools, add_dirs: dirs, ...plain } = settings;
  return [
    `name: ${name}`,
    `description: ${description}`,
    ...Object.entries(plain).map(([field, value]) => `${field}: ${value ?? "none"}`),
    ...tools.map((tool) => `allowed_tools: ${tool}`),
    ...dirs.map((dir) => `add_dirs: ${dir}`),
    "system_prompt:",
    ...prompt.split("\n").map((line) => `  ${line}`),
  ].join("\n");
}
