import type { Dice } from "./dice.ts";

/** What a person writes; a stuck one ends by `/stop` only. */
export interface Saying {
  readonly text: string;
  readonly stuck?: true;
}

type Make = (token: string, dice: Dice) => Saying;

const WORDS = "the lights in the cellar went out again and nobody knows why it happened".split(" ");

function prose(dice: Dice, length: number): string {
  const words: string[] = [];
  for (let size = 0; size < length; size += words.at(-1)!.length + 1) {
    words.push(WORDS[dice.below(WORDS.length)]!);
  }
  return words.join(" ");
}

/** Each begins with its token, or has it within the words that name a message. */
const KINDS: readonly (readonly [number, Make])[] = [
  [8, (token, dice) => ({ text: `${token} ${prose(dice, 20 + dice.below(100))}` })],
  // Two that are longer, sent at once, would be the parts of one text.
  [3, (token, dice) => ({ text: `SAY:${token} ${prose(dice, 1_900)}` })],
  [4, (token, dice) => ({ text: `SLOW:20 CHUNK:9 SAY:${token} ${prose(dice, 200)}` })],
  [4, (token) => ({ text: `${token} looks TOOL:bash:echo hi;;SAY:${token} has looked` })],
  [2, (token) => ({ text: `${token} is long TOOL:bash:echo hi;;LONG:9000:${token}` })],
  [3, (token) => ({ text: `${token} makes TOOL:bash:touch ${token};;SAY:${token} has made it` })],
  [3, (token) => ({ text: `${token} asks TOOL:ask:Which one|First|Second;;SAY:${token} knows` })],
  [1, (token) => ({ text: `${token} begins TOOL:bashbg:sleep 1;;SAY:${token} has begun` })],
  [1, (token) => ({ text: `ERR:529*2 SAY:${token} after a while` })],
  [1, (token) => ({ text: `GARBAGE SAY:${token} behind nonsense` })],
];

/** What goes wrong with the CLI by itself. */
const BROKEN: readonly (readonly [number, Make])[] = [
  [3, (token) => ({ text: `${token} begins TOOL:bash:echo hi;;CRASH SAY:${token} never` })],
  [3, (token) => ({ text: `CRASHSIG@3 CHUNK:9 SAY:${token} is cut off in the middle of it` })],
  [1, (token) => ({ text: `EXIT SAY:${token} never` })],
  [1, (token) => ({ text: `SILENT SAY:${token} hangs`, stuck: true })],
];

/** What is said to a request; where it is no answer, it is a message like any other. */
export const words = (token: string): Saying => ({ text: `${token} no, another way, please` });
export const saying = (token: string, dice: Dice): Saying => dice.pick(KINDS)(token, dice);
export const broken = (token: string, dice: Dice): Saying => dice.pick(BROKEN)(token, dice);
