import type { Rng } from "@fovea/nn";
import { posed } from "../rendering/compose.js";
import { cutOut, type Cutout, type Drawing } from "../rendering/cut-out.js";
import { drawPose, sideOf, type Pose, type Variation } from "../rendering/pose.js";
import { reductions } from "./halved.js";
import type { Layer } from "./layers.js";
import type { Place } from "./place.js";

/** How much the signs of a scene differ. */
export type SignVariation = Pick<Variation, "rotation" | "tilt" | "light">;

/**
 * Side of a square in which a sign of `size` pixels can be turned by up to `rotation` degrees, and a pixel around it.
 */
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

/** A sign in its pose and place. */
export const signLayer = (
  place: Place,
  pose: Pose,
  drawing: Drawing,
  cutoutsOf: (drawing: Drawing) => Promise<readonly Cutout[]>,
): Layer => ({
  place,
  pixels: async () => posed(fitting(await cutoutsOf(drawing), pose, place.size), pose, place.size),
});

/** The smallest that is not enlarged, so that none is shrunk to less than half. */
function fitting(all: readonly Cutout[], pose: Pose, room: number): Cutout {
  const side = room * sideOf(pose);
  return all.findLast(({ size }) => size >= side) ?? all[0]!;
}
