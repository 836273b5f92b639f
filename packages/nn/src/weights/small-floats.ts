/** float16 to float32, exactly. IEEE 754 binary16 has a sign, 5 bits of exponent (bias 15) and 10 of fraction. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (word) => {
    const sign = word & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(word >>> 10) & 31, word & 1023];
    if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** bfloat16 to float32, exactly: a bfloat16 is the upper half of a float32. */
export const fromBfloat16 = (bits: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);

/**
 * float8 E5M2 to float32, exactly: it is the upper half of a float16. Ref: Micikevicius et al. 2022, arXiv:2209.05433.
 */
export const fromFloat8E5M2 = (bytes: Uint8Array): Float32Array =>
  fromFloat16(Uint16Array.from(bytes, (byte) => byte << 8));

/**
 * float8 E4M3 to float32, exactly: a sign, 4 bits of exponent (bias 7) and 3 of fraction. It has no infinity, and is
 * NaN where all bits but the sign are 1. Ref: Micikevicius et al. 2022, arXiv:2209.05433.
 */
export function fromFloat8E4M3(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => {
    const sign = byte & 0x80 ? -1 : 1;
    const [exponent, fraction] = [(byte >>> 3) & 15, byte & 7];
    if (exponent === 0) return sign * fraction * 2 ** -9; // subnormal
    if ((byte & 0x7f) === 0x7f) return NaN;
    return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
  });
}
