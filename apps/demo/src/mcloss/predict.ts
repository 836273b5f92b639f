import { basename } from "node:path";
import { decodeImage, toTensor } from "@fovea/data";
import {
  figures,
  paragraph,
  percent,
  table,
  type Figure,
  type Predict,
  type PredictionReport,
  trainedModel,
  type TrainedConfig,
} from "@fovea/experiment";
import { NORMALIZATION } from "../features.js";
import { channelMaps, channelRows, outputsFor, type ChannelMaps } from "./figures.js";
import { buildModel, networks } from "./networks.js";
import type { Settings } from "./settings.js";

/**
 * Classifies images with the network of a checkpoint, and shows where the channels of the likeliest classes are active.
 */
export const predict: Predict = {
  words: "JPEG, PNG or WebP; those that cannot be read are named",
  checkpoint: "checkpoints/seed-0/mc/best.safetensors",
  async run(paths, { checkpoint: path }): Promise<PredictionReport> {
    const { model, classes, settings, variant } = await trainedModel(
      "mcloss",
      path,
      (config: TrainedConfig<Settings>) => {
        const network = networks.find(({ id }) => id === config.variant);
        return network && buildModel(network, { ...config.settings, classes: config.classes.length });
      },
    );
    const isWide = networks.find(({ id }) => id === variant)!.wide;
    const failures: string[] = [];
    const found: { readonly path: string; readonly maps: ChannelMaps }[] = [];
    try {
      for (const image of paths)
        try {
          const pixels = await decodeImage(image, { size: settings.size });
          const outputs = outputsFor(model, toTensor([pixels], NORMALIZATION));
          const maps = await channelMaps(pixels, outputs, classes);
          found.push({ path: image, maps: isWide ? maps : { ...maps, classes: [] } });
        } catch (error) {
          failures.push((error as Error).message);
        }
    } finally {
      model.dispose();
    }
    return { sections: sectionsOf(found, classes), failures };
  },
};

const sectionsOf = (
  found: readonly { readonly path: string; readonly maps: ChannelMaps }[],
  classes: readonly string[],
): PredictionReport["sections"] => [
  paragraph(`Each image is taken for the likeliest of ${classes.length} classes.`),
  table(["image", "class", "probability, %"], found.map(({ path, maps }) => [basename(path), maps.predicted, percent(maps.probability)])), // prettier-ignore
  figures(found.filter(({ maps }) => maps.classes.length > 0).map(({ path, maps }): Figure => ({ title: basename(path), rows: channelRows("likeliest:", maps) }))), // prettier-ignore
];
