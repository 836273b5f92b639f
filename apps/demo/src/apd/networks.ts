import { resNet } from "@fovea/backbones";
import { subSeed } from "@fovea/nn";
import { pspDecoder, segmenter, type Segmenter } from "@fovea/segmentation";
import type { Settings } from "./settings.js";

/** Pixels per cell of the last map. */
export const STRIDE = 8;

/** PSPNet on a ResNet-18, with an auxiliary head on its third layer. */
export function network({ width, dim, seed }: Pick<Settings, "width" | "dim" | "seed">, classes: number): Segmenter {
  const encoder = resNet({ depth: 18, width, outputStride: STRIDE, seed: subSeed(seed, "encoder") });
  const decoder = pspDecoder({ in: encoder.dim, dim, seed: subSeed(seed, "decoder") });
  return segmenter(encoder, decoder, { classes, auxiliary: "layer3", seed: subSeed(seed, "head") });
}
