/** What the networks look at. Plain JSON; each network takes what it knows of it. */
export interface Settings {
  /** Of the first view: of the whole picture, or of each tile of Zoom-In. */
  readonly scale: number;
  /** Of the view of a chosen tile, in Zoom-In. */
  readonly secondScale: number;
  /** Side of a tile, in pixels at full resolution. */
  readonly tile: number;
  /** Side of a patch, in pixels at full resolution. */
  readonly patch: number;
  /** Patches of a picture. */
  readonly samples: number;
}

/** How all networks are compared. */
export const BASE: Settings = { scale: 1 / 8, secondScale: 1 / 4, tile: 256, patch: 64, samples: 8 };

/** What is changed in the rows that laws are found in, one thing at a time. */
export type Variations = { readonly [Name in keyof Settings]?: readonly number[] };

/** 1/8 as it is written. */
export function fraction(scale: number): string {
  const parts = [1, 2, 4, 8, 16].find((parts) => Number.isInteger(scale * parts));
  return parts === 1 ? "1" : parts ? `${scale * parts}/${parts}` : scale.toFixed(3);
}
