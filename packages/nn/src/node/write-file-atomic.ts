import { open } from "node:fs/promises";
import writeFile from "write-file-atomic";

/**
 * Writes a file atomically: no reader ever finds a part of it, not even after a crash. The bytes are written to a
 * temporary file in the same folder, flushed to the disk, and renamed. If this fails (a full disk, for example), the
 * promise rejects, the temporary file is removed and the old file stays. Writes to the same path wait for one another.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  // The library writes with a single call and does not check how much was written, so that a disk that becomes full
  // would
  // leave a truncated file. Hence it gets an empty string, and the bytes are written here.
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
