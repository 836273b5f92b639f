import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** A file that is there when all of it is, and not before. */
export interface AtomicFile {
  /** Bytes that were appended. */
  readonly length: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Replaces bytes from `offset` on, all of which were appended before. */
  replace(bytes: Uint8Array, offset: number): Promise<void>;
  /** Flushes it to the disk, and gives it its name. If that fails, nothing is left. */
  commit(): Promise<void>;
  /** Removes it; what was at its path before stays. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/**
 * Writes a temporary file beside `path`, which takes its place at the end. For files that are written piece by piece.
 */
export async function atomicFile(path: string): Promise<AtomicFile> {
  const temporary = `${path}.${randomUUID()}.part`;
  const file = await open(temporary, "wx");
  let [length, pending] = [0, true];
  const writeAll = async (bytes: Uint8Array, offset: number) => {
    for (let done = 0; done < bytes.length;)
      // a disk that fills up takes a part first
      done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  };
  const abort = async () => {
    if (!pending) return;
    pending = false;
    await file.close();
    await rm(temporary, { force: true });
  };
  return {
    get length() {
      return length;
    },
    async append(bytes) {
      await writeAll(bytes, length);
      length += bytes.length;
    },
    replace: writeAll,
    async commit() {
      try {
        await file.sync();
        await rename(temporary, path);
      } catch (error) {
        await abort();
        throw error;
      }
      pending = false;
      await file.close();
    },
    abort,
  };
}
