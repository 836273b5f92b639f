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
} from "@fovea/experiment";
import type { FineGrainedClassifier } from "@fovea/models";
import { loadWeights } from "@fovea/nn";
import { loadCheckpoint } from "@fovea/train";
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
    const { model, classes, settings, isWide } = await trainedModel(path);
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

interface Trained {
  readonly model: FineGrainedClassifier;
  readonly classes: readonly string[];
  readonly settings: Settings;
  readonly isWide: boolean;
}

/** The network of a checkpoint, which the caller disposes. */
async function trainedModel(path: string): Promise<Trained> {
  const checkpoint = await loadCheckpoint(path);
  try {
    const { experiment, variant, classes, settings } = checkpoint.config as { readonly experiment?: string; readonly variant: string; readonly classes: readonly string[]; readonly settings: Settings }; // prettier-ignore
    const network = networks.find(({ id }) => id === variant);
    if (experiment !== "mcloss" || !network)
      throw new Error(`mcloss predict: expected \`--checkpoint\` to be one that mcloss has written, got ${path}.`);
    const model = await buildModel(network, { ...settings, classes: classes.length });
    loadWeights(model, checkpoint.weights);
    return { model, classes, settings, isWide: network.wide };
  } finally {
    checkpoint.dispose();
  }
}
