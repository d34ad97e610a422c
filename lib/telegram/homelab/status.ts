import type { Homelab } from "../../homelab/mod.ts";
import type { StatusReport } from "../info/status.ts";
import { statusLine } from "./render.ts";
import { NEVER } from "./report.ts";

/** A line of `/status` for each probe. */
export const homelabReports = ({ probes }: Homelab): StatusReport[] =>
  [...probes.values()].map((probe) => ({
    title: probe.title,
    lines: async () => [statusLine(await probe.check(NEVER))],
  }));
