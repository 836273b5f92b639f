/** A weighted mean of what comes along. */
export interface RunningMean {
  /** Σ weight · value / Σ weight; NaN before anything came. */
  readonly value: number;
  readonly weight: number;
  /** A value with weight 0 is left out, even if it is NaN. */
  add(value: number, weight?: number): void;
}

/** @example const mean = runningMean(); for (const batch of batches) mean.add(accuracyOf(batch), batch.size); */
export function runningMean(): RunningMean {
  let [sum, total] = [0, 0];
  return {
    get value() {
      return sum / total;
    },
    get weight() {
      return total;
    },
    add: (value, weight = 1) => {
      if (weight === 0) return;
      sum += weight * value;
      total += weight;
    },
  };
}
