/** Refuses a largest stride that no encoder has. @throws RangeError that names the caller */
export function requireOutputStride(who: string, outputStride: number): void {
  if (![8, 16, 32].includes(outputStride))
    throw new RangeError(`${who}: \`outputStride\` must be 8, 16 or 32, got ${String(outputStride)}.`);
}
