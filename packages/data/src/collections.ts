import { requireCounts } from "@fovea/nn";

/** A batch of collections: several images of one class each, by their positions in the set. */
export interface Collections {
  /** [batch][view]: positions in the set. A missing view repeats the first one's position, with mask 0. */
  readonly indices: readonly (readonly number[])[];
  /** [batch]: class of each collection. */
  readonly labels: Int32Array;
  /** [batch][view]: 1 where a view is real. */
  readonly mask: readonly (readonly (0 | 1)[])[];
}

/** Which images come together at which step. A pure function of the step: nothing is remembered from call to call. */
export interface CollectionSampler {
  /** Steps in one pass over the data. */
  readonly stepsPerEpoch: number;
  /** @param step - counted from 0 over the entire run  @throws RangeError unless a whole number of at least 0 */
  sample(step: number): Collections;
}

/** Rows of different lengths as a batch `views` wide: missing views are masked. */
export function padViews(rows: readonly (readonly number[])[], labels: Int32Array, views: number): Collections {
  const columns = Array.from({ length: views }, (_, v) => v);
  return {
    indices: rows.map((row) => columns.map((v) => row[v] ?? row[0]!)),
    labels,
    mask: rows.map((row) => columns.map((v) => (v < row.length ? 1 : 0))),
  };
}

/**
 * Positions of the items of each class, in file order, classes ascending. @throws RangeError for a label that is no
 * class
 */
export function membersByClass(who: string, labels: ArrayLike<number>): Map<number, number[]> {
  if (labels.length === 0) throw new RangeError(`${who}: \`labels\` is empty; there is nothing to sample from.`);
  const members = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    requireCounts(who, { [`labels[${i}]`]: labels[i]! }, 0);
    const others = members.get(labels[i]!);
    if (others) others.push(i);
    else members.set(labels[i]!, [i]);
  }
  return new Map([...members].sort(([a], [b]) => a - b));
}
