import { type Action, byKey, NOT_YOURS, OLD } from "../../buttons.ts";
import type { Asker, Context, Pressed, Presses } from "../../context.ts";
import { lines } from "../../text/formatted.ts";
import { applySetting, RefusedChoiceError } from "./apply.ts";
import { needsWarning, warn } from "./ask.ts";
import { settingOf } from "./choices.ts";

/**
 * The buttons that change how a session works. They are bound to the session and to the user that they
 * were shown for.
 */
export const SETTING_PRESSES: Presses<"setting"> = {
  "setting.choose": choose,
  "setting.confirm": choose,
  "setting.leave-mode": (_context, asker, { user }) =>
    user === asker.user
      ? { toast: "Left as it was", becomes: lines("The mode stays as it was.") }
      : { toast: NOT_YOURS },
};

async function choose(
  context: Context,
  asker: Asker,
  action: Action<"setting.choose" | "setting.confirm">,
): Promise<Pressed> {
  if (action.user !== asker.user) return { toast: NOT_YOURS };
  const { sessions } = await context.sessions.list();
  const session = (await byKey(sessions, ({ name }) => name, action.sessionKey))?.name;
  if (session === undefined) return { toast: "This session is not there any more." };
  const { setting } = action;
  const { choices } = await settingOf(context, session, setting);
  const choice = await byKey(choices, ({ value }) => value, action.value);
  if (choice === undefined) return { toast: OLD };
  if (needsWarning(setting, choice.value) && action.do !== "setting.confirm") {
    const { text: becomes, extra } = await warn(context, asker, session, choice.value);
    return { toast: "Please read this first.", becomes, extra };
  }
  try {
    const becomes = await applySetting(context, session, setting, choice.value);
    return { toast: `${session}: ${choice.label}`, becomes };
  } catch (error) {
    if (!(error instanceof RefusedChoiceError)) throw error;
    return { toast: error.message };
  }
}
