import { join } from "@std/path";
import { PersonaInvalidError, PersonaNotFoundError } from "./errors.ts";
import { isName } from "./directories.ts";
import { type Persona, readPersona } from "./persona.ts";
import { entriesOf } from "./safe_file.ts";

/** What a person chooses from. `id` is what `create` takes, `name` what is shown. */
export interface PersonaSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface PersonaList {
  readonly personas: readonly PersonaSummary[];
  readonly broken: readonly { readonly id: string; readonly error: PersonaInvalidError }[];
}

/** The owner's personas and the built-in ones; of two with one id the owner's counts. */
export interface PersonaLibrary {
  /**
   * Throws {@linkcode PersonaNotFoundError}, or {@linkcode PersonaInvalidError} for a file of the
   * owner's that is wrong: the built-in persona does not stand in for it unasked.
   */
  load(id: string): Promise<Persona>;
  /** All personas by id; a file that is wrong hides no other. */
  list(): Promise<PersonaList>;
}

interface Directories {
  readonly owner: string;
  readonly builtin: string;
}

/** The library of two directories, read each time it is asked. */
export function personaLibrary(directories: Directories): PersonaLibrary {
  return {
    async load(id) {
      const readers = await readersOf(directories);
      const read = readers.get(id);
      if (read === undefined) throw new PersonaNotFoundError(id, [...readers.keys()].sort());
      return await read();
    },
    async list() {
      const personas: PersonaSummary[] = [];
      const broken: { id: string; error: PersonaInvalidError }[] = [];
      const readers = [...await readersOf(directories)].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [id, read] of readers) {
        try {
          const { name, description } = await read();
          personas.push({ id, name, description });
        } catch (error) {
          if (!(error instanceof PersonaInvalidError)) throw error;
          broken.push({ id, error });
        }
      }
      return { personas, broken };
    },
  };
}

/** The readers of personas, by name. */
async function readersOf(
  { owner, builtin }: Directories,
): Promise<Map<string, () => Promise<Persona>>> {
  const readers = new Map<string, () => Promise<Persona>>();
  const add = async (directory: string, read?: (file: string) => Promise<string>) => {
    for (const id of await idsIn(directory)) {
      const file = `${id}.json`;
      readers.set(id, () => readPersona(join(directory, file), id, `personas/${file}`, read));
    }
  };
  // Files embedded in the executable cannot be links, and have no `stat` once they are open.
  if (owner !== builtin) await add(builtin, Deno.readTextFile);
  await add(owner); // In a checkout that runs from its own directory both are one.
  return readers;
}

async function idsIn(directory: string): Promise<string[]> {
  const ids: string[] = [];
  // An owner without personas of their own has no such folder.
  for await (const { name } of entriesOf(directory)) {
    const id = name.endsWith(".json") ? name.slice(0, -".json".length) : "";
    if (isName(id)) ids.push(id);
  }
  return ids;
}
