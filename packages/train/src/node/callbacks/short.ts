/** The shortest decimal that is this float32: 0.1, where the double is 0.10000000149011612. */
export function shortFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** For people: four digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(4)));
