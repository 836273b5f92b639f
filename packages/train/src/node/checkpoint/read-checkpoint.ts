import { open, type FileHandle } from "node:fs/promises";
import type { Safetensors } from "@fovea/nn";
import { readSafetensors } from "@fovea/nn/node";
import { CheckpointError, DamagedCheckpointError, FORMAT, VERSION } from "../../checkpoint/checkpoint.js";
import { isIntact } from "./checksum.js";

/**
 * The tensors and metadata of a checkpoint of any size: a file of this format and version whose checksum holds.
 *
 * @throws DamagedCheckpointError if the file is missing, cut off, or has changed since it was written; CheckpointError
 * if it is something else, of another version, or if the system does not let it be read
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  try {
    const file = await open(path);
    try {
      const { metadata } = await readHeader(path, file);
      requireVersion(path, metadata);
      await requireIntact(path, file, metadata);
      return await readSafetensors(file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new (missing ? DamagedCheckpointError : CheckpointError)(cannotRead(path, cause), { cause });
  }
}

/** Without the tensors. */
const readHeader = (path: string, file: FileHandle): Promise<Safetensors> =>
  readSafetensors(file, { only: () => false }).catch((cause: unknown) => {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DamagedCheckpointError(cannotRead(path, cause), { cause });
  });

const cannotRead = (path: string, cause: unknown): string =>
  `loadCheckpoint: cannot read ${path}: ${(cause as Error).message}`;

type Metadata = Safetensors["metadata"];

/** Before the checksum is looked at, which another version may keep elsewhere. */
function requireVersion(path: string, { format, version }: Metadata): void {
  if (format !== FORMAT)
    throw new CheckpointError(
      `loadCheckpoint: ${path} is a safetensors file, but no checkpoint of a run; \`loadWeights\` reads weights alone.`,
    );
  if (version !== String(VERSION))
    throw new CheckpointError(
      `loadCheckpoint: ${path} has format version ${version}, this release of @fovea/train reads version ${VERSION}.`,
    );
}

/**
 * Files of earlier releases have neither checksum nor `steps`: where there are `steps`, the checksum has lost its name.
 */
async function requireIntact(path: string, file: FileHandle, { sha256, steps }: Metadata): Promise<void> {
  const damaged = (why: string) => new DamagedCheckpointError(`loadCheckpoint: ${path} is damaged: ${why}.`);
  if (sha256 === undefined && steps !== undefined) throw damaged("its metadata has no `sha256`");
  if (sha256 !== undefined && !(await isIntact(file, sha256)))
    throw damaged("its bytes are not those that were written (SHA-256)");
}
