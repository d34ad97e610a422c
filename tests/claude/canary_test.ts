import { standIn } from "../sim/program.ts";
import { canaryTests, HASTY } from "./canary_cases.ts";

const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };
canaryTests("the stand-in", () => Promise.resolve({ command: standIn(), env }), HASTY);
