const CLEAR = 256;
const END = 257;

/**
 * Undoes TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, high bits first. Every string of the table is one
 * that was written before, so the table holds places in the output.
 *
 * The decoder of geotiff.js 3.0 repeats without end where damaged data overruns its table; this one ends with the
 * output.
 *
 * @param most - bytes of a full block; what would follow is left out
 * @throws Error for a code that no encoder writes
 */
export function lzwDecoded(input: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  const [starts, lengths] = [new Int32Array(4096), new Int32Array(4096)];
  let [at, size, bits, previous] = [0, 258, 9, 0]; // `previous`: length of the string before, 0 after a clear
  for (let bit = 0; bit + bits <= 8 * input.length && at < most;) {
    const code = codeAt(input, bit, bits);
    bit += bits;
    if (code === END) break;
    if (code === CLEAR) {
      [size, bits, previous] = [258, 9, 0];
      continue;
    }
    if (previous > 0 && size < 4096) {
      starts[size] = at - previous; // the string before and the first byte of this one
      lengths[size++] = previous + 1;
    }
    if (code >= size) throw new Error(`its LZW data has the code ${code} where ${size} are known`);
    previous = code < CLEAR ? 1 : lengths[code]!;
    if (code < CLEAR) out[at++] = code;
    else for (let i = starts[code]!, end = i + previous; i < end; i++) out[at++] = out[i]!; // may overlap itself
    if (size + 1 >= 2 ** bits && bits < 12) bits++;
  }
  return out.subarray(0, Math.min(at, most));
}

function codeAt(input: Uint8Array, bit: number, bits: number): number {
  const byte = bit >> 3;
  const word = (input[byte]! << 16) | ((input[byte + 1] ?? 0) << 8) | (input[byte + 2] ?? 0);
  return (word >> (24 - (bit & 7) - bits)) & (2 ** bits - 1);
}
