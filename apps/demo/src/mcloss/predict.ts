import { basename } from "node:path";
import { figures, paragraph, percent, table, type Predict } from "@fovea/experiment";
import type { FineGrainedClassifier } from "@fovea/models";
import { readImage } from "../own-images.js";
import { channelMaps, channelRows, type ChannelMaps } from "./figures.js";
import { buildModel, type Network } from "./networks.js";
import type { Settings } from "./settings.js";

/** An image of one's own, and what a network makes of it. */
type Found = { readonly title: string; readonly maps: ChannelMaps };

/**
 * Classifies images with the network of a checkpoint, and shows where the channels of the likeliest classes are active.
 */
export const predict: Predict<Settings, FineGrainedClassifier, Network, Found> = {
  words: "JPEG, PNG or WebP; those that cannot be read are named",
  checkpoint: "checkpoints/seed-0/mc/best.safetensors",
  build: (network, settings, { length: classes }) => buildModel(network, { ...settings, classes }),
  async find(path, { model, classes, settings: { size } }, { retries }) {
    const pixels = await readImage(path, size, retries);
    return [{ title: basename(path), maps: await channelMaps(model, pixels, classes) }];
  },
  report: (found, { classes, variant: { wide } }) => [
    paragraph(`Each image is taken for the likeliest of ${classes.length} classes.`),
    table(
      ["image", "class", "probability, %"],
      found.map(({ title, maps: { predicted, probability } }) => [title, predicted, percent(probability)]),
    ),
    figures(wide ? found.map(({ title, maps }) => ({ title, rows: channelRows("likeliest:", maps) })) : []),
  ],
};
