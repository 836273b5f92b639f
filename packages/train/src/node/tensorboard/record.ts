import { crc32c } from "@aws-crypto/crc32c";

/**
 * One TFRecord: length (uint64) · masked crc32c of the length · data · masked crc32c of the data, all little-endian.
 *
 * Ref: https://www.tensorflow.org/tutorials/load_data/tfrecord
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** ((crc >> 15) | (crc << 17)) + 0xa282ead8: a crc of data that holds crcs would be weak. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
