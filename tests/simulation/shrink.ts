import { type Action, PEOPLE, type Script } from "./script.ts";
import { CALM, type Climate } from "./weather.ts";

/**
 * The least of a script that still fails: actions, kinds of bad weather and pauses are left out as
 * long as `fails` says so. The seed stays, so what remains happens as it would have.
 */
export async function shrink(
  script: Script,
  fails: (script: Script) => Promise<boolean>,
): Promise<Script> {
  let least = script;
  for (let before: Script | null = null; before !== least;) {
    before = least;
    for (const smaller of smallerThan(least)) {
      if (!await fails(smaller)) continue;
      least = smaller;
      break;
    }
  }
  return least;
}

function* smallerThan(script: Script): Generator<Script> {
  const { actions, climate } = script;
  for (let size = actions.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= actions.length; at += size) {
      yield { ...script, actions: actions.toSpliced(at, size) };
    }
  }
  for (const kind of Object.keys(CALM) as (keyof Climate)[]) {
    if (climate[kind] !== CALM[kind]) {
      yield { ...script, climate: { ...climate, [kind]: CALM[kind] } };
    }
  }
  const alone = PEOPLE.map((chat) => ({ chat }));
  if (JSON.stringify(script.places) !== JSON.stringify(alone)) {
    yield { ...script, places: alone };
  }
  for (const [at, action] of actions.entries()) {
    const simpler = simplerThan(action);
    if (simpler !== null) yield { ...script, actions: actions.with(at, simpler) };
  }
}

function simplerThan(action: Action): Action | null {
  if (action.do === "write" && action.as !== undefined) {
    return { wait: action.wait, do: "write", who: action.who };
  }
  return action.wait > 100 ? { ...action, wait: action.wait >> 1 } : null;
}
