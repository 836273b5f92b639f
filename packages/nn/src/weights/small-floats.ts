/** Numbers of the 16- and 8-bit formats that published weights come in, as 32-bit ones. Exact: all are subsets. */

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (word) => {
    const sign = word & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(word >>> 10) & 31, word & 1023];
    if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** bfloat16: the upper half of a float32. */
export const fromBfloat16 = (bits: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);

/** 8-bit floats, "E5M2": the upper half of a binary16. Ref: Micikevicius et al. 2022, arXiv:2209.05433. */
export const fromFloat8E5M2 = (bytes: Uint8Array): Float32Array =>
  fromFloat16(Uint16Array.from(bytes, (byte) => byte << 8));

/** "E4M3": sign, 4 bits of exponent (bias 7), 3 of fraction; no infinity, NaN where all bits but the sign are 1. */
export function fromFloat8E4M3(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => {
    const sign = byte & 0x80 ? -1 : 1;
    const [exponent, fraction] = [(byte >>> 3) & 15, byte & 7];
    if (exponent === 0) return sign * fraction * 2 ** -9; // subnormal
    if ((byte & 0x7f) === 0x7f) return NaN;
    return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
  });
}
