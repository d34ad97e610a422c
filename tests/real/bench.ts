/** The bench of the end-to-end tests with the real CLI behind the name `claude`. */
import { Bench, type BenchOptions } from "../e2e/harness.ts";
import { type MessagesApi, startMessagesApi } from "../sim/messages_api/server.ts";
import { realClaude } from "../sim/real_claude.ts";

/** A bench whose `claude` is the real one. */
export async function realBench(
  options: BenchOptions = {},
  version?: string,
): Promise<AsyncDisposable & { bench: Bench; messages: MessagesApi }> {
  const messages = await startMessagesApi();
  const claudeEnv = {
    ANTHROPIC_BASE_URL: messages.url,
    ANTHROPIC_API_KEY: "sk-ant-test-000",
    ...options.claudeEnv,
  };
  const bench = await Bench.make({
    ...options,
    claude: options.claude ?? [await realClaude(version)],
    claudeEnv,
  });
  const dispose = async () => {
    await bench[Symbol.asyncDispose]();
    await messages.close();
  };
  return { bench, messages, [Symbol.asyncDispose]: dispose };
}

/** Whether a process is the CLI itself, not what it runs. */
export const isClaude = ({ command }: { command: string }) => /(^|\/)claude /.test(command);
