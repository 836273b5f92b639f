/** Where pixels lie when an image is resized. */
export interface Centers {
  /** The first and the last pixels of source and result meet. */
  readonly alignCorners: boolean;
  /** Pixels lie in the middle of their cells, not at their corners. */
  readonly halfPixelCenters: boolean;
}

/** How far apart neighbours of the result lie in the source. */
const ratio = (from: number, to: number, alignCorners: boolean): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** The place in the source that each place of the result is a copy of. */
export function nearest(from: number, to: number, alignCorners: boolean, halfPixelCenters = false): number[] {
  const step = ratio(from, to, alignCorners);
  return Array.from({ length: to }, (_, i) => {
    const at = step * (halfPixelCenters ? i + 0.5 : i);
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(at) : Math.floor(at)));
  });
}

/** [from, to] weights: how much of each place of the source is in each place of the result. */
export type Weights = (from: number, to: number, centers: Centers) => number[];

export const linearWeights: Weights = (from, to, { alignCorners, halfPixelCenters }) => {
  const step = ratio(from, to, alignCorners);
  const weights = new Array<number>(from * to).fill(0);
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, halfPixelCenters ? (i + 0.5) * step - 0.5 : i * step)); // beyond the edge, the edge
    const [low, high] = [Math.floor(at), Math.ceil(at)];
    weights[low * to + i]! += 1 - (at - low);
    weights[high * to + i]! += at - low;
  }
  return weights;
};

export const nearestWeights: Weights = (from, to, { alignCorners, halfPixelCenters }) => {
  const weights = new Array<number>(from * to).fill(0);
  nearest(from, to, alignCorners, halfPixelCenters).forEach((place, i) => (weights[place * to + i] = 1));
  return weights;
};
