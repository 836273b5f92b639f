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

/** What each place of the result is made of along one axis: of a place of the source, and of the next one after it. */
export interface Places {
  readonly low: readonly number[];
  /** The share of the next place, from 0 to below 1. */
  readonly share: readonly number[];
}

/** @param from - places of the source @param to - places of the result */
export type PlacesOf = (from: number, to: number, centers: Centers) => Places;

/** Each place of the result is a copy of the nearest. */
export const nearestPlaces: PlacesOf = (from, to, { alignCorners, halfPixelCenters }) => {
  const step = ratio(from, to, alignCorners);
  const low = Array.from({ length: to }, (_, i) => {
    const at = step * (halfPixelCenters ? i + 0.5 : i);
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(at) : Math.floor(at)));
  });
  return { low, share: low.map(() => 0) };
};

/** Each place of the result lies between two; beyond the edge, at the edge. */
export const linearPlaces: PlacesOf = (from, to, { alignCorners, halfPixelCenters }) => {
  const step = ratio(from, to, alignCorners);
  const places = Array.from({ length: to }, (_, i) =>
    Math.min(from - 1, Math.max(0, halfPixelCenters ? (i + 0.5) * step - 0.5 : i * step)),
  );
  return { low: places.map(Math.floor), share: places.map((at) => at - Math.floor(at)) };
};
