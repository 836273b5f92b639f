/** What the networks look at. Plain JSON; each network takes the settings that it knows. */
export interface Settings {
  /** Scale of the first view: of the full image, or of each tile of Zoom-In. */
  readonly scale: number;
  /** Scale of the view of a chosen tile, in Zoom-In. */
  readonly secondScale: number;
  /** Side of a tile, in pixels at full resolution. */
  readonly tile: number;
  /** Side of a patch, in pixels at full resolution. */
  readonly patch: number;
  /** Patches of an image. */
  readonly samples: number;
}

/** The settings at which all networks are compared. */
export const BASE: Settings = { scale: 1 / 8, secondScale: 1 / 4, tile: 256, patch: 64, samples: 8 };

/** A number as a fraction of at most sixteenths, where it is one: `1/8`, `3/16`; a whole number: `4`. */
export function fraction(x: number): string {
  const parts = [1, 2, 4, 8, 16].find((parts) => Number.isInteger(x * parts));
  return parts === 1 ? String(x) : parts ? `${x * parts}/${parts}` : x.toFixed(3);
}
