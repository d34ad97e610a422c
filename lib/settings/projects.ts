import { z } from "zod";

const directory = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, {
  error: "expected a directory below home, such as sessions/infra",
});

/** A directory that the owner names; `trust` says what of it counts without a tap. */
const project = z.union([
  directory,
  z.strictObject({
    directory,
    trust: z.enum(["ask", "always"]).default("ask"),
  }),
], { error: 'expected a directory, or { "directory": …, "trust": "always" }' });

export const projectsSchema = z.record(z.string(), project).default({});

export type ProjectsSettings = z.output<typeof projectsSchema>;
