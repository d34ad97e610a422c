/**
 * `DIR`: exchanges the folder DIR/sub for a link to DIR/../outside and back, as fast as it can, at a
 * pace that changes. In a process of its own, since it must not wait for whom it wants to deceive. Now
 * and then it rests, so that a reader on a busy machine gets through, too.
 */
const [dir] = Deno.args;
if (dir === undefined) throw new Error("Which directory?");
const [sub, aside, link] = [`${dir}/sub`, `${dir}/aside`, `${dir}/link`];
Deno.symlinkSync("../outside", link);
const [WORK_MS, REST_MS] = [100, 30];
const sleeper = new Int32Array(new SharedArrayBuffer(4));
let rested = performance.now();
for (let round = 0;; round++) {
  const pause = (round >> 10) % 64; // Each pace has its time.
  Deno.renameSync(sub, aside);
  Deno.renameSync(link, sub);
  for (let spin = 0; spin < pause * 40; spin++);
  Deno.renameSync(sub, link);
  Deno.renameSync(aside, sub);
  for (let spin = 0; spin < pause * 40; spin++);
  if (performance.now() - rested < WORK_MS) continue;
  Atomics.wait(sleeper, 0, 0, REST_MS);
  rested = performance.now();
}
