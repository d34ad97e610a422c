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
  readonly source: Source;
}

type Source = "owner" | "built-in";

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
      const sources = await findSources(directories);
      const source = sources.get(id);
      if (source === undefined) throw new PersonaNotFoundError(id, [...sources.keys()].sort());
      return await readFrom(directories, id, source);
    },
    async list() {
      const personas: PersonaSummary[] = [];
      const broken: { id: string; error: PersonaInvalidError }[] = [];
      const sources = [...await findSources(directories)].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [id, source] of sources) {
        try {
          const { name, description } = await readFrom(directories, id, source);
          personas.push({ id, name, description, source });
        } catch (error) {
          if (!(error instanceof PersonaInvalidError)) throw error;
          broken.push({ id, error });
        }
      }
      return { personas, broken };
    },
  };
}

async function findSources({ owner, builtin }: Directories): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>();
  for (const id of await idsIn(builtin)) sources.set(id, "built-in");
  if (owner === builtin) return sources; // A checkout that runs from its own directory.
  for (const id of await idsIn(owner)) sources.set(id, "owner");
  return sources;
}

async function readFrom(
  { owner, builtin }: Directories,
  id: string,
  source: Source,
): Promise<Persona> {
  const directory = source === "owner" ? owner : builtin;
  // Files embedded in the executable cannot be links, and have no `stat` once they are open.
  const read = directory === owner ? undefined : Deno.readTextFile;
  return await readPersona(join(directory, `${id}.json`), id, `personas/${id}.json`, read);
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
