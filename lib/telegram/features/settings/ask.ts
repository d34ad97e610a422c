import { button, type Choosable, keyboard, keyOf } from "../../buttons.ts";
import type { Asker, Context, Reply } from "../../context.ts";
import { bold, code, concat, lines } from "../../text/formatted.ts";
import { applySetting, bypassWarning } from "./apply.ts";
import { type Choice, settingOf } from "./choices.ts";

/** Labels up to this length stand two in a row: a thumb hits them, and they can be read. */
const SHORT_LABEL = 16;

/** A setting as it is, with a button for each choice. */
export async function askSetting(
  context: Context,
  asker: Asker,
  session: string,
  what: Choosable,
): Promise<Reply> {
  const { current, choices } = await settingOf(context, session, what);
  const unit = what === "timeout" ? " min" : "";
  const described = choices.filter(({ description }) => description !== "")
    .map(({ label, description }) => concat("• ", bold(label), `: ${description}`));
  const buttons = await Promise.all(
    choices.map(async (choice) =>
      button(`${choice.value === current ? "● " : ""}${choice.label}`, {
        do: "setting.choose",
        setting: what,
        sessionKey: await keyOf(session),
        user: asker.user,
        value: await keyOf(choice.value),
      })
    ),
  );
  const gap = described.length > 0 ? [""] : [];
  const now = what === "mode" ? context.claude.mode(session) : null;
  const differs = now !== null && now !== current;
  return {
    text: lines(
      concat(bold(session), ` · ${what}: `, code(`${current}${unit}`)),
      ...(differs ? [concat("Its running process is in ", code(now), ".")] : []),
      ...gap,
      ...described,
    ),
    extra: keyboard(...rows(choices, buttons)),
  };
}

function rows<T>(choices: readonly Choice[], buttons: readonly T[]): T[][] {
  const perRow = choices.every(({ label }) => label.length <= SHORT_LABEL) ? 2 : 1;
  return Array.from(
    { length: Math.ceil(buttons.length / perRow) },
    (_, row) => buttons.slice(row * perRow, (row + 1) * perRow),
  );
}

/** True when choosing this has to be confirmed. */
export const needsWarning = (what: Choosable, value: string): boolean =>
  what === "mode" && value === "bypassPermissions";

/** The warning before a session may do everything, with buttons to go on or to leave it. */
export async function warn(
  context: Context,
  asker: Asker,
  session: string,
  value: string,
): Promise<Reply> {
  const { choices } = await settingOf(context, session, "mode");
  // Where it is not allowed, this says so.
  if (!choices.some((choice) => choice.value === value)) {
    return { text: await applySetting(context, session, "mode", value) };
  }
  const { user } = asker;
  const bound = { sessionKey: await keyOf(session), user, value: await keyOf(value) };
  const go = button("Yes, do everything without asking", {
    do: "setting.confirm",
    setting: "mode",
    ...bound,
  });
  return {
    text: bypassWarning(session),
    extra: keyboard(
      [go],
      [button("Leave it", { do: "setting.leave-mode", user })],
    ),
  };
}
