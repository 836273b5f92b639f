/** Numbers of the 16-bit formats that published weights come in, as 32-bit ones. Exact: both formats are subsets. */

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
