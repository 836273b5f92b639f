import { resNet } from "@fovea/backbones";
import { subSeed } from "@fovea/nn";
import { pspDecoder, segmenter, type Segmenter } from "@fovea/segmentation";
import { tunedTrunk } from "../tuned-trunk.js";
import { ofTeacher, type Settings } from "./settings.js";
import { TEACHER } from "./variants.js";

/** Pixels per cell of all maps. */
export const STRIDE = 8;

/** The network of a variant. @param classes - how many there are */
export const networkOf = (variant: string, settings: Settings, classes: number): Promise<Segmenter> | Segmenter =>
  variant !== TEACHER
    ? fromScratch(settings, classes)
    : settings.teacher === "resnet"
      ? fromScratch(ofTeacher(settings), classes)
      : tuned(settings, classes);

/** PSPNet on a ResNet-18, with an auxiliary head on its third layer. */
function fromScratch({ width, dim, seed }: Settings, classes: number): Segmenter {
  const encoder = resNet({ depth: 18, width, outputStride: STRIDE, seed: subSeed(seed, "encoder") });
  const decoder = pspDecoder({ in: encoder.dim, dim, seed: subSeed(seed, "decoder") });
  return segmenter(encoder, decoder, { classes, auxiliary: "layer3", seed: subSeed(seed, "head") });
}

/** PSPNet on a dilated ImageNet MobileNetV2, of which the last convolutions are tuned. */
async function tuned({ dim, seed }: Settings, classes: number): Promise<Segmenter> {
  const encoder = await tunedTrunk(STRIDE);
  const decoder = pspDecoder({ in: encoder.dim, dim, seed: subSeed(seed, "decoder") });
  return segmenter(encoder, decoder, { classes, seed: subSeed(seed, "head") });
}
