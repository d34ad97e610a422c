/** ECMA-48's controls of 8 bits; U+0085 is a line break in other texts and is not obeyed here. */
const C1 = String.raw`\x80-\x84\x86-\x9f`;

/**
 * Sequences that a terminal would obey: a CSI with its parameters (colours, cursor moves), an OSC, DCS, SOS, PM
 * or APC with its text (titles, addresses) if it ends on its line, the shorter escapes, and what is
 * left of any of them. One that the end of the text has cut off goes as well. Each begins with an
 * escape or a C1 control and holds no other one, so that the time grows with the length.
 */
const SEQUENCE = new RegExp(
  [
    String.raw`(?:\x1b\[|\x9b)[0-?]*[ -\/]*(?:[@-~]|$)`,
    String.raw`(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\n${C1}]*(?:\x07|\x1b\\|\x9c)`,
    String.raw`\x1b(?:[ -\/]{1,2}[0-~]|[0-?@-OQ-WYZ\\cno|}~])`,
    String.raw`\x1b|[${C1}]`,
  ].join("|"),
  "g",
);
const ANY = new RegExp(String.raw`[\x1b${C1}]`);

/**
 * The text without the sequences that a program writes for a terminal: an output, an answer or a name
 * is read without them. Not for what a person is to allow, where nothing may be left out.
 */
export function withoutAnsi(text: string): string {
  return ANY.test(text) ? text.replace(SEQUENCE, "") : text;
}
