import { open } from "node:fs/promises";
import writeFile from "write-file-atomic";

/**
 * Writes a file so that no reader, at any time, not even after a crash, finds half of it: the bytes go to a temporary
 * file beside it, reach the disk, and then take its place. A failure (a full disk, say) rejects, removes the temporary
 * file and leaves what was there. Writes to one path wait for one another.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  // The library writes with a single call and does not look at how much was written, so that a disk that fills up
  // midway would put a truncated file in place. Hence it gets nothing to write, and the bytes go in here.
  return writeFile(path, "", { tmpfileCreated: (temporary) => writeAll(temporary, bytes) as unknown as void });
}

async function writeAll(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.writeFile(bytes); // in as many calls as it takes
  } finally {
    await file.close();
  }
}
