import { resolve } from "@std/path";
import type { Settings } from "../settings/mod.ts";

/** Where systemd lays out credentials; and what each process was started with, its token perhaps. */
const ALWAYS = ["/run/credentials/**", "/proc/*/environ"];

/** What a path cannot have in a rule of the CLI, where it would be a pattern or end the rule. */
const PATTERN = /[()*?[\]\\!,\n]/;

/**
 * Rules that keep Claude's own tools from our secrets, in every permission mode, and from changing
 * what is known and trusted here: a deny holds against all else (Claude Code 2.1.329 and 2.1.332).
 * They say nothing of what a script does that somebody let run.
 */
export function secretRules({ home, telegram, homelab }: Settings): string[] {
  const files = secretFiles({ home, telegram, homelab });
  const secrets = [...files.filter((file) => !PATTERN.test(file)), ...ALWAYS];
  const kept = PATTERN.test(home) ? [] : [`${home}/state/**`, `${home}/trust/**`];
  return [
    ...secrets.flatMap((path) => [`Read(/${path})`, `Edit(/${path})`]),
    ...kept.map((path) => `Edit(/${path})`),
  ];
}

/** The files with a token, a password or a key that the settings name. */
export const secretFiles = (
  { home, telegram, homelab }: Pick<Settings, "home" | "telegram" | "homelab">,
): string[] => filesIn({ telegram, homelab }).map((file) => resolve(home, file));

function filesIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== "string") return filesIn(inner);
    return key.endsWith("_file") && key !== "ca_file" ? [inner] : [];
  });
}
