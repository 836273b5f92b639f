import { withImageInput } from "@fovea/onnx-graph";
import { fileOf, type ExportedModel } from "./export-onnx.js";
import type { ImagePreprocessing } from "./folder/transformers-config.js";

/** How images come to a network. */
export interface TakeImagesOptions extends Omit<ImagePreprocessing, "resample"> {
  /** The network's input, [batch, 3, height, width]. Default "pixel_values". */
  readonly input?: string;
  /** What the images are called. Default "images". */
  readonly name?: string;
}

/**
 * An exported model for images as they are decoded: uint8 [batch, height, width, 3] of any size, which the file itself
 * resizes (bilinear, antialiased, rounded to whole numbers) and normalizes. Files of operator set 18: set 17 resizes
 * without antialiasing.
 *
 * @throws RangeError for an input that the model does not have
 */
export function takeImages(
  { model, sides }: ExportedModel,
  { input = "pixel_values", name = "images", fit = "cover", ...size }: TakeImagesOptions,
): ExportedModel {
  const graph = withImageInput(model, { input, name, fit, ...size });
  const taking = { ...model, ...graph, operatorSets: { "": 18 } };
  const batch = sides[input]![0]!;
  const all = { ...sides, [name]: [batch, `${name}_height`, `${name}_width`, 3] };
  return { model: taking, sides: all, bytes: fileOf(taking, all) };
}
