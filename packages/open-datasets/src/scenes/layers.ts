import type { Region } from "@fovea/nn";
import { blend } from "../rendering/compose.js";
import { overlap, type Place } from "./place.js";
import type { Paint } from "./scene.js";

/** Something small in a scene. */
export interface Layer {
  readonly place: Place;
  /** RGB · alpha, and alpha, 0 … 255, [place.size, place.size, 4] */
  pixels(): Promise<Float64Array>;
}

/** RGB of a rectangle at 2^-level of the full resolution, before anything is on it. */
export type Ground = (level: number, region: Region) => Uint8Array;

/**
 * The layers on the ground; at coarser levels the average of each, which on an even ground is the average of the
 * image.
 */
export function layered(ground: Ground, layers: readonly Layer[]): Paint {
  return async (level, region) => {
    const image = ground(level, region);
    for (const { place, pixels } of layers) {
      const covered = cover(place, 2 ** level);
      if (overlap(covered, region)) lay(averaged(await pixels(), place, 2 ** level, covered), covered, image, region);
    }
    return image;
  };
}

/** The pixels of `step` × `step` full ones that a place touches. */
function cover({ left, top, size }: Place, step: number): Region {
  const [x, y] = [Math.floor(left / step), Math.floor(top / step)];
  const [right, bottom] = [Math.ceil((left + size) / step), Math.ceil((top + size) / step)];
  return { left: x, top: y, width: right - x, height: bottom - y };
}

/** The mean of each `step` × `step` pixels of a layer, nothing being around it. */
function averaged(layer: Float64Array, place: Place, step: number, covered: Region): Float64Array {
  if (step === 1) return layer;
  const means = new Float64Array(covered.width * covered.height * 4);
  for (let row = 0, from = 0; row < place.size; row++) {
    const y = Math.floor((place.top + row) / step) - covered.top;
    for (let column = 0; column < place.size; column++) {
      const x = Math.floor((place.left + column) / step) - covered.left;
      for (let to = 4 * (y * covered.width + x), c = 0; c < 4; c++) means[to++]! += layer[from++]! / step ** 2;
    }
  }
  return means;
}

/** Blends what of the layer lies in the region. */
function lay(layer: Float64Array, covered: Region, image: Uint8Array, region: Region): void {
  for (let row = 0, from = 0; row < covered.height; row++)
    for (let column = 0; column < covered.width; column++, from += 4) {
      const [x, y] = [covered.left + column - region.left, covered.top + row - region.top];
      if (x >= 0 && y >= 0 && x < region.width && y < region.height)
        blend(layer, from, image, 3 * (y * region.width + x));
    }
}
