/**
 * A file that lines are appended to. When it is full it becomes `<path>.1`, and what was there
 * `<path>.2`, up to the number of files that are kept. Only the owner may read them.
 *
 * Each line is with the kernel when `write` returns; `fsync` is left to it, for the log of a program
 * that is not the machine's only witness.
 */
export class RotatingFile implements Disposable {
  #file: Deno.FsFile | null = null;
  #size = 0;

  constructor(
    readonly path: string,
    readonly options: { readonly maxBytes: number; readonly files: number },
  ) {}

  /** @throws whatever the disk says; the next call opens the file anew. */
  write(line: Uint8Array): void {
    try {
      if (this.#file !== null && this.#size + line.length > this.options.maxBytes) this.#rotate();
      const file = this.#file ??= this.#open();
      for (let done = 0; done < line.length;) done += file.writeSync(line.subarray(done));
      this.#size += line.length;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Waits until what was written is on the disk. */
  flush(): void {
    this.#file?.syncDataSync();
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): Deno.FsFile {
    const file = Deno.openSync(this.path, { append: true, create: true, mode: 0o600 });
    this.#size = file.statSync().size;
    return file;
  }

  #rotate(): void {
    this.close();
    for (let index = this.options.files - 1; index > 0; index--) {
      const older = index === 1 ? this.path : `${this.path}.${index - 1}`;
      renameIfThere(older, `${this.path}.${index}`);
    }
    if (this.options.files <= 1) Deno.removeSync(this.path);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
