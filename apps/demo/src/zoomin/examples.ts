import type { Box } from "@fovea/data";
import type { LargeImagePrediction } from "@fovea/models";
import type { LargeImage } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import type { Prediction } from "../run.js";
import { drawingsOf, thumbnailScale, urlOf, type Thumbnail } from "./drawing.js";
import { likeliest } from "./evaluate.js";
import type { Look } from "./run.js";

/** Patches that are shown of each look. */
const SHOWN = 6;

/** All of a picture, small. */
export async function thumbnailOf(picture: LargeImage): Promise<Thumbnail> {
  const { width, height } = picture;
  const pixels = await picture.read({ left: 0, top: 0, width, height }, thumbnailScale(picture));
  return { width, height, url: await urlOf(pixels) };
}

/** What is in a box at full resolution, as a `data:` address. */
export const closeUp = async (picture: LargeImage, box: Box): Promise<string> => urlOf(await picture.read(box));

/** What a strategy said, and where it looked. @param label - null where nobody knows */
export async function lookOf(
  name: string,
  picture: LargeImage,
  { probabilities, plans }: LargeImagePrediction,
  { thumbnail, tile, truth, classes, label }: Shown,
): Promise<Look> {
  const plan = plans[0]!;
  return {
    name,
    said: saidOf(probabilities, classes, label),
    drawings: await drawingsOf(plan, thumbnail, tile, truth),
    patches: await Promise.all(patchesOf(plan, picture).map((region) => closeUp(picture, region))),
  };
}

/** None of a network that was given all of the picture. */
const patchesOf = ({ regions }: SamplingPlan, { width, height }: LargeImage) =>
  regions.filter((region) => region.width < width || region.height < height).slice(0, SHOWN);

export interface Shown {
  readonly thumbnail: Thumbnail;
  /** Side of the tiles, in pixels. */
  readonly tile: number;
  /** Where the sign is. */
  readonly truth: readonly Box[];
  readonly classes: readonly string[];
  readonly label: number | null;
}

export function saidOf(probabilities: Float32Array, classes: readonly string[], label: number | null): Prediction {
  const top = likeliest(probabilities);
  return { label: classes[top]!, probability: probabilities[top]!, right: top === label };
}
