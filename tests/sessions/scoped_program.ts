/**
 * What a session goes through, as a program that has no more rights than Switchboard: the current
 * directory, and `tar` with its compressors. Arguments: built-in personas, the CLI's configuration.
 */
import { runner } from "../../lib/programs.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { Archives, createSessionManager, resolveInside } from "../../lib/sessions/mod.ts";

const [builtinPersonas = "", claudeConfigDir = "", id = ""] = Deno.args;
const home = ".";
const now = () => new Date();
const { sessions: records } = openJournal("journal.db");
const rules = { permissionMode: "default", allowBypass: false };
const more = { records, rules, idleTimeoutSeconds: 600 };
const manager = createSessionManager({ home, builtinPersonas, now, ...more });
const run = runner(Deno.env.get("PATH") ?? "");
const archives = new Archives({ home, manager, run, claudeConfigDir, now });

await manager.reconcile(new Map());
await manager.create("scoped", "research");
await manager.update("scoped", { claude_session_id: id });
await manager.switch("scoped", { chat: 1 });
await Deno.writeTextFile(await resolveInside(await manager.dir("scoped"), "files/note"), "noted");
const { file } = await archives.archive("scoped");
const { metadata, transcripts } = await archives.restore(file);
const outside = await resolveInside(await manager.dir("scoped"), "/etc/passwd").catch(String);
const told = JSON.stringify({ name: metadata.name, transcripts, outside });
await Deno.stdout.write(new TextEncoder().encode(told));
