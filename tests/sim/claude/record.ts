/** What a checker may want to know afterwards: one JSON line per event in `SIM_CLAUDE_LOG`. */

/** `start`, `user`, `turn`, `turn_end`, `tool`, `tool_end`, `prompt`, `given`, `interrupt`, `exit`, with their fields. */
export type Recorder = (event: string, fields?: Record<string, unknown>) => void;

/** Each line is one write to a file opened for appending, so several processes may share it. */
export function openRecorder(path: string | undefined): Recorder {
  if (path === undefined) return () => {};
  const encoder = new TextEncoder();
  return (event, fields = {}) => {
    const line = JSON.stringify({ at: Date.now(), pid: Deno.pid, event, ...fields }) + "\n";
    const file = Deno.openSync(path, { append: true, create: true });
    try {
      file.writeSync(encoder.encode(line));
    } finally {
      file.close();
    }
  };
}
