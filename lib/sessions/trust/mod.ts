/** What a directory brings that would run by itself, and what of it is trusted. */
export { broughtBy, isNothing } from "./brings.ts";
export { type Brought } from "./thing.ts";
export { type Extent, usedBy } from "./copy.ts";
export { Copies, type CopyStore } from "./copies.ts";
export { UnreadableError } from "./files.ts";
export { type Closed, realPathOf } from "./reach.ts";
export { listText } from "./shown_text.ts";
export {
  countUsed,
  Trust,
  type TrustDisk,
  type Trusted,
  type TrustNews,
  type TrustOptions,
  type TrustStore,
  type TrustView,
} from "./trust.ts";
