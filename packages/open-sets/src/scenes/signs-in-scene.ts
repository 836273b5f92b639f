import type { Rng } from "@fovea/nn";
import { lay } from "../pictures/compose.js";
import { cutOut, type Cutout, type Drawing } from "../pictures/cut-out.js";
import { drawPose, type Pose, type Variation } from "../pictures/pose.js";
import { reductions } from "./halved.js";
import type { Place } from "./place.js";
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
    const { width, height } = region;
    const step = 2 ** level;
    for (const { drawing, place, pose } of signs) {
      const [left, top, size] = [place.left / step - region.left, place.top / step - region.top, place.size / step];
      if (left >= width || top >= height || left + size <= 0 || top + size <= 0) continue;
      lay(fitting(await cutoutsOf(drawing), pose, size), pose, { width, height, data }, { left, top, size });
    }
    return data;
  };
}

/** The smallest that is not enlarged, so that none is shrunk to less than half. */
function fitting(all: readonly Cutout[], { ux, uy }: Pose, room: number): Cutout {
  const side = room / Math.hypot(ux, uy); // of the sign, as long as it is not tilted
  return all.findLast(({ size }) => size >= side) ?? all[0]!;
}
