/** The canary with the real CLI: it sings where it should, and is silent with the flags that we use. */
import { canaryTests } from "../claude/canary_cases.ts";
import { claudeEnv, REAL_VERSIONS, realClaude } from "../sim/real_claude.ts";

for (const version of REAL_VERSIONS) {
  // Nobody listens there: no call of the model is needed.
  const env = claudeEnv({ url: "http://127.0.0.1:9" }, "/nowhere");
  canaryTests(version, async () => ({ command: [await realClaude(version)], env }));
}
