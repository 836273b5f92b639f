import type { TiffSamples } from "./tiff-samples.js";

/** The samples of a tile or strip, pixel by pixel. */
export type SampleArray =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** How the bytes of a tile or strip hold its samples. */
export interface SampleLayout extends Pick<TiffSamples, "bits" | "format" | "predictor"> {
  /** Pixels of a row. */
  readonly width: number;
  /** Samples of a pixel that lie beside each other. */
  readonly stride: number;
  readonly littleEndian: boolean;
}

const FLOAT = 3; // SampleFormat
const [HORIZONTAL, FLOATING_POINT] = [2, 3]; // Predictor
const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** By format and bits; what is not here is not read. */
const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => SampleArray>> = {
  ...{ "1/8": Uint8Array, "1/16": Uint16Array, "1/32": Uint32Array },
  ...{ "2/8": Int8Array, "2/16": Int16Array, "2/32": Int32Array },
  ...{ "3/32": Float32Array, "3/64": Float64Array },
};

const isHalf = ({ bits, format }: Pick<TiffSamples, "bits" | "format">) => format === FLOAT && bits === 16;
const isSmall = ({ bits, format }: Pick<TiffSamples, "bits" | "format">) => format === 1 && [1, 2, 4].includes(bits);

/** Whether samples of this kind are read, with their predictor. */
export function canUnpack(samples: Pick<TiffSamples, "bits" | "format" | "predictor">): boolean {
  const { bits, format, predictor } = samples;
  if (isSmall(samples)) return predictor === 1;
  if (!isHalf(samples) && !ARRAYS[`${format}/${bits}`]) return false;
  return predictor === 1 || (predictor === HORIZONTAL ? bits < 64 : predictor === FLOATING_POINT && format === FLOAT);
}

export const bytesOfRow = ({ width, stride, bits }: Pick<SampleLayout, "width" | "stride" | "bits">): number =>
  Math.ceil((width * stride * bits) / 8);

/**
 * The full rows of a decompressed block as samples: in this machine's order of bytes, and with the predictor undone.
 */
export function unpackSamples(bytes: Uint8Array, layout: SampleLayout): SampleArray {
  const { bits, format, predictor } = layout;
  const row = bytesOfRow(layout);
  const rows = bytes.slice(0, bytes.length - (bytes.length % row)); // a copy: what follows writes into it
  if (isSmall(layout)) return unpacked(rows, layout);
  const size = bits / 8;
  if (predictor === FLOATING_POINT) undoFloatingPoint(rows, row, layout.stride, size);
  else if (size > 1 && layout.littleEndian !== HOST_IS_LITTLE) swap(rows, size);
  if (predictor === HORIZONTAL) undoHorizontal(new ARRAYS[`1/${bits}`]!(rows.buffer), layout);
  return isHalf(layout) ? floatsOf(new Uint16Array(rows.buffer)) : new ARRAYS[`${format}/${bits}`]!(rows.buffer);
}

/** Samples of less than a byte, high bits first; rows begin at whole bytes (TIFF 6.0, page 29). */
function unpacked(bytes: Uint8Array, layout: SampleLayout): Uint8Array {
  const { width, stride, bits } = layout;
  const [row, samples] = [bytesOfRow(layout), width * stride];
  const out = new Uint8Array((bytes.length / row) * samples);
  for (let i = 0; i < out.length; i++) {
    const bit = (i % samples) * bits;
    const byte = bytes[Math.floor(i / samples) * row + (bit >> 3)]!;
    out[i] = (byte >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
  }
  return out;
}

function swap(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size)
    for (let i = start, j = start + size - 1; i < j; i++, j--) [bytes[i], bytes[j]] = [bytes[j]!, bytes[i]!];
}

/** Each sample was stored as the difference from that of the pixel before, modulo 2^bits (TIFF 6.0, section 14). */
function undoHorizontal(values: SampleArray, { width, stride }: SampleLayout): void {
  const samples = width * stride;
  for (let start = 0; start < values.length; start += samples)
    for (let i = start + stride; i < start + samples; i++) values[i]! += values[i - stride]!;
}

/**
 * A row is stored as its highest bytes, its next ones and so on, and each byte as the difference from the one `stride`
 * before (Adobe Photoshop TIFF technical note 3).
 */
function undoFloatingPoint(bytes: Uint8Array, row: number, stride: number, size: number): void {
  const count = row / size;
  for (let start = 0; start < bytes.length; start += row) {
    for (let i = start + stride; i < start + row; i++) bytes[i]! += bytes[i - stride]!;
    const planes = bytes.slice(start, start + row);
    for (let i = 0; i < row; i++) {
      const plane = HOST_IS_LITTLE ? size - 1 - (i % size) : i % size;
      bytes[start + i] = planes[plane * count + Math.floor(i / size)]!;
    }
  }
}

/** Floats of half precision (IEEE 754: 1 bit of sign, 5 of exponent, 10 of fraction). */
function floatsOf(words: Uint16Array): Float32Array {
  return Float32Array.from(words, (word) => {
    const [sign, exponent, fraction] = [word & 0x8000 ? -1 : 1, (word >> 10) & 31, word & 1023];
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
}
