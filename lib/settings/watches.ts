import { isAbsolute } from "@std/path";
import { z } from "zod";

const path = z.string().refine((text) => isAbsolute(text) && !/[\n\0]/.test(text), {
  error: "expected the absolute path of a file",
});

const command = z.string().refine((text) => text.trim() === text && /^[^\n\0]+$/.test(text), {
  error: "expected one command on one line, exactly as it is to be run",
});

/** What a watch may look at, word for word: nobody is there to be asked. */
export const watchesSchema = z.strictObject({
  paths: z.array(path).max(100).default([])
    .describe("Files that a watch may read, by their absolute paths."),
  commands: z.array(command).max(100).default([])
    .describe("Commands that a watch may run, each exactly as it stands here."),
});
