import type { Command } from "../../context.ts";
import { inSession } from "../in_session.ts";
import { trustView } from "./view.ts";

export const TRUST: Command = {
  name: "trust",
  description: "What this directory brings that runs by itself",
  repeatable: true,
  run: inSession((context, asker, session) => trustView(context, asker, session)),
};
