/** Refuses scores and outcomes that are not one for each other, or scores that are NaN: they have no rank. */
export function requireScores(who: string, scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): void {
  if (scores.length !== positive.length)
    throw new RangeError(
      `${who}: expected as many \`positive\` as \`scores\`, got ${positive.length} and ${scores.length}.`,
    );
  for (let i = 0; i < scores.length; i++)
    if (Number.isNaN(scores[i])) throw new RangeError(`${who}: \`scores\` has NaN at ${i}.`);
}

/** How many samples have at least a score, and how many of them are positive. */
export interface Cut {
  readonly positives: number;
  readonly samples: number;
}

/** The cuts at all scores that occur, from the highest down. Samples of one score come together: ties have no order. */
export function cuts(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): Cut[] {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const found: Cut[] = [];
  let positives = 0;
  order.forEach((i, rank) => {
    positives += Number(Boolean(positive[i]));
    if (scores[order[rank + 1]!] !== scores[i]) found.push({ positives, samples: rank + 1 });
  });
  return found;
}
