/**
 * The homelab's services, each behind a probe, and the owner's commands.
 * @module
 */
export { type Chart } from "./charts/chart.ts";
export { drawChart } from "./charts/svg.ts";
export type { CommandResult, OwnCommand } from "./commands/commands.ts";
export { wordsOf } from "./commands/output.ts";
export type { ProbeEnvironment } from "./environment.ts";
export { createHomelab, type Homelab, homelabEnvironment } from "./homelab.ts";
export type { Probe, ProbeCommand } from "./probe.ts";
export { type Kind, partOf, type ProbeName, PROBES } from "./probes.ts";
export { inOrder, keyOf, type Report, type Row } from "./report.ts";
