/** What each place of a resized axis is made of: `low` and the place after it, which has the share `share`. */
export interface LinearPlaces {
  readonly low: number;
  readonly share: number;
}

/** Where place `i` of `to` lies among `from` when an axis is resized bilinearly, with the centers of pixels aligned. */
export function linearPlace(i: number, from: number, to: number): LinearPlaces {
  const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const low = Math.min(Math.floor(at), Math.max(0, from - 2));
  return { low, share: at - low };
}

/** The place after `low`, within the axis. */
export const next = (low: number, from: number): number => Math.min(low + 1, from - 1);
