/** One way a draw can turn out, in order, and how likely it is. */
export interface Chance {
  readonly order: readonly number[];
  readonly chance: number;
}

/** Every ordered draw of `count` cells without replacement, each from what is left. */
export function ordered(p: readonly number[], count: number): Chance[] {
  const from = (order: readonly number[], chance: number): Chance[] => {
    if (order.length === count) return [{ order, chance }];
    const left = p.map((x, i) => (order.includes(i) ? 0 : x));
    const mass = left.reduce((a, b) => a + b);
    return left.flatMap((x, i) => (x > 0 ? from([...order, i], (chance * x) / mass) : []));
  };
  return from([], 1);
}

/** Every sequence of `count` independent draws. */
export function combinations(p: readonly number[], count: number): Chance[] {
  let draws: Chance[] = [{ order: [], chance: 1 }];
  for (let k = 0; k < count; k++)
    draws = draws.flatMap(({ order, chance }) => p.map((x, i) => ({ order: [...order, i], chance: chance * x })));
  return draws;
}
