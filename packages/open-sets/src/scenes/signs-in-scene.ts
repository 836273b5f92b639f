import type { TileRegion } from "@fovea/data";
import type { Rng } from "@fovea/nn";
import { blend, posed } from "../pictures/compose.js";
import { cutOut, type Cutout, type Drawing } from "../pictures/cut-out.js";
import { drawPose, sideOf, type Pose, type Variation } from "../pictures/pose.js";
import { reductions } from "./halved.js";
import { overlap, type Place } from "./place.js";
import { quilt } from "./quilt.js";
import type { Paint } from "./scene.js";

/** How the signs of a scene differ. */
export type SignVariation = Pick<Variation, "rotation" | "tilt" | "light">;

/** A sign somewhere in a scene. */
export interface PlacedSign {
  readonly drawing: Drawing;
  readonly place: Place;
  readonly pose: Pose;
}

/** Side of a square in which a sign of `size` pixels can be turned by up to `rotation` degrees, and a pixel around it. */
export function roomFor(size: number, rotation: number): number {
  const radians = (Math.min(45, rotation) * Math.PI) / 180;
  return Math.ceil(size * (Math.cos(radians) + Math.sin(radians))) + 2;
}

/** The pose of a sign of `size` pixels in the middle of its place. */
export const poseIn = (random: Rng, { size: room }: Place, size: number, variation: SignVariation): Pose =>
  drawPose(random, { ...variation, scale: [size / room, size / room], shift: 0, blur: 0, background: "photo" });

/** A drawing at the power of two that `size` pixels need, and its halves. */
export function cutouts(size: number): (drawing: Drawing) => Promise<readonly Cutout[]> {
  const finest = 2 ** Math.ceil(Math.log2(size));
  const known = new Map<Drawing, Promise<readonly Cutout[]>>();
  const rasterize = async (drawing: Drawing) => {
    const { data } = await cutOut(drawing, finest);
    const all = reductions({ width: finest, height: finest, data }, Math.log2(finest));
    return all.map(({ width, data }) => ({ size: width, data }));
  };
  return (drawing) => {
    const cutout = known.get(drawing) ?? rasterize(drawing);
    known.set(drawing, cutout);
    return cutout;
  };
}

/** Signs on a quilt of photographs. */
export async function signPainter(
  random: Rng,
  signs: readonly PlacedSign[],
  cutoutsOf: (drawing: Drawing) => Promise<readonly Cutout[]>,
): Promise<Paint> {
  const background = await quilt(random.split("quilt"));
  return async (level, region) => {
    const data = background.paint(level, region);
    for (const { drawing, place, pose } of signs) {
      const covered = cover(place, 2 ** level);
      if (!overlap(covered, region)) continue;
      const layer = posed(fitting(await cutoutsOf(drawing), pose, place.size), pose, place.size);
      lay(averaged(layer, place, 2 ** level, covered), covered, data, region);
    }
    return data;
  };
}

/** The smallest that is not enlarged, so that none is shrunk to less than half. */
function fitting(all: readonly Cutout[], pose: Pose, room: number): Cutout {
  const side = room * sideOf(pose);
  return all.findLast(({ size }) => size >= side) ?? all[0]!;
}

/** The pixels of `step` × `step` full ones that a place touches. */
function cover({ left, top, size }: Place, step: number): TileRegion {
  const [x, y] = [Math.floor(left / step), Math.floor(top / step)];
  const [right, bottom] = [Math.ceil((left + size) / step), Math.ceil((top + size) / step)];
  return { left: x, top: y, width: right - x, height: bottom - y };
}

/** The mean of each `step` × `step` pixels of a layer, nothing being around it. */
function averaged(layer: Float64Array, place: Place, step: number, covered: TileRegion): Float64Array {
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
function lay(layer: Float64Array, covered: TileRegion, picture: Uint8Array, region: TileRegion): void {
  for (let row = 0, from = 0; row < covered.height; row++)
    for (let column = 0; column < covered.width; column++, from += 4) {
      const [x, y] = [covered.left + column - region.left, covered.top + row - region.top];
      if (x >= 0 && y >= 0 && x < region.width && y < region.height)
        blend(layer, from, picture, 3 * (y * region.width + x));
    }
}
