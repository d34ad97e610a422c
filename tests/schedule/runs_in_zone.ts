/** `TEXT FROM TO`: the runs of a timetable between two times, as JSON; the zone is that of `TZ`. */
import { readTimetable } from "../../lib/schedule/timetable.ts";

const [text, from, to] = Deno.args;
if (text === undefined || from === undefined || to === undefined) throw new Error("TEXT FROM TO");
const { timetable } = readTimetable(`${text} look`);
const runs: string[] = [];
let time = timetable.next(Date.parse(from));
while (time !== null && time <= Date.parse(to)) {
  runs.push(new Date(time).toISOString().slice(11, 16));
  time = timetable.next(time);
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(runs)));
