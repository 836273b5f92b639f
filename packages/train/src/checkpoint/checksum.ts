import { createHash } from "node:crypto";

/** The metadata that `seal` fills in: as many zeros as the SHA-256 has digits. */
export const UNSEALED = { sha256: "0".repeat(64) };

/** As it stands in the file; in a string of JSON the quotes would be escaped, so this is nowhere else. */
const BEFORE = '"sha256":"';

/** Puts the SHA-256 of a whole safetensors file, with zeros in its place, into the file's metadata. */
export function seal(bytes: Uint8Array): void {
  const at = placeOf(bytes);
  if (at === undefined) throw new RangeError("seal: the file has no metadata `sha256` of 64 zeros.");
  new TextEncoder().encodeInto(digestOf(bytes, at), bytes.subarray(at));
}

/** Whether a file is what it was when it was sealed; undefined if it was not. */
export function isIntact(bytes: Uint8Array): boolean | undefined {
  const at = placeOf(bytes);
  if (at === undefined) return undefined;
  return new TextDecoder("latin1").decode(bytes.subarray(at, at + UNSEALED.sha256.length)) === digestOf(bytes, at);
}

const digestOf = (bytes: Uint8Array, at: number): string =>
  createHash("sha256")
    .update(bytes.subarray(0, at))
    .update(UNSEALED.sha256)
    .update(bytes.subarray(at + UNSEALED.sha256.length))
    .digest("hex");

/** Where the digest starts, in the header, which ends where its length says. */
function placeOf(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + Number(file.readBigUInt64LE(0));
  const at = file.subarray(0, end).indexOf(BEFORE);
  return at < 0 ? undefined : at + BEFORE.length;
}
