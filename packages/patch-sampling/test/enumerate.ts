/** One way a draw can turn out, in order, and how likely it is. */
export interface OrderedDraw {
  readonly order: readonly number[];
  readonly probability: number;
}

/** Every ordered draw of `count` cells without replacement, each from what is left. */
export function ordered(p: readonly number[], count: number): OrderedDraw[] {
  const from = (order: readonly number[], probability: number): OrderedDraw[] => {
    if (order.length === count) return [{ order, probability }];
    const left = p.map((x, i) => (order.includes(i) ? 0 : x));
    const mass = left.reduce((a, b) => a + b);
    return left.flatMap((x, i) => (x > 0 ? from([...order, i], (probability * x) / mass) : []));
  };
  return from([], 1);
}

/** Every sequence of `count` independent draws. */
export function combinations(p: readonly number[], count: number): OrderedDraw[] {
  let draws: OrderedDraw[] = [{ order: [], probability: 1 }];
  for (let k = 0; k < count; k++)
    draws = draws.flatMap(({ order, probability }) =>
      p.map((x, i) => ({ order: [...order, i], probability: probability * x })),
    );
  return draws;
}
