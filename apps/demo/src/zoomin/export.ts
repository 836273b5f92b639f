import { inferenceContext, loadWeights, type Module } from "@fovea/nn";
import { unitRows, type AttentionNetwork } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { imageInputs, unit, type GoldenImage, type NetworkExport, type PlanOf } from "../export/plan.js";
import { attentionOf, featuresOf, type Model, type Network } from "./networks.js";
import type { Settings } from "./settings.js";

/**
 * The networks of a sampler, each a file, since what lies between them is no network: patches are chosen, and read from
 * the image.
 */
export const exportPlan: PlanOf<Settings, Model, { readonly network: Network }> = async (trained, image) => {
  const { model, settings, variant } = trained;
  const { network } = variant;
  const stages = stagesOf(model, settings);
  const [made, networks]: [Module[], NetworkExport[]] = [[], []];
  for (const { name, size } of stages) {
    const attention = withWeights(attentionOf(name, settings), model, name);
    made.push(attention);
    networks.push(await attentionExport(name, attention, size, image));
  }
  const features = withWeights(featuresOf(settings), model, "features");
  made.push(features);
  const side = stages.length > 0 ? settings.patch : 64;
  const samples = stages.length > 0 ? settings.samples : 1;
  const patch = await image(side, side);
  networks.push({
    name: "classifier",
    module: model,
    inputs: imageInputs(side).map(({ pixel_values: { shape, ...rest } }) => ({
      pixel_values: { ...rest, shape: [{ name: "patch", example: samples }, ...shape.slice(1)] },
      weights: { shape: ["batch", { name: "patch", example: samples }] },
    })),
    asked: {
      pixel_values: [patch, patch],
      weights: { type: "float32", shape: [1, 2], values: [0.75, 0.25] },
    },
    forward({ pixel_values, weights }) {
      const vectors = features.forward(pixel_values as tf.Tensor4D, inferenceContext());
      const merged = stages.length > 0 ? tf.matMul(weights!, unitRows(vectors)) : tf.matMul(weights!, vectors);
      return { logits: tf.add(tf.matMul(merged, model.params["head.weight"]!), model.params["head.bias"]!) };
    },
  });
  return {
    networks,
    preprocessing: { height: side, width: side, ...unit },
    task: "other",
    description: `A classifier of images of any size: ${network.description}.\n\n${rule(network, settings, stages.length)}`,
    tags: ["large-images"],
    dispose: () => made.forEach((module) => module.dispose()),
  };
};

/** An attention network, and the size of the view that it is given. */
interface AttentionFile {
  readonly name: string;
  readonly size: number;
}

function stagesOf({ params }: Model, { tile, firstScale, secondScale }: Settings): AttentionFile[] {
  const has = (name: string) => Object.keys(params).some((key) => key.startsWith(`${name}.`));
  const all = [
    { name: "first", size: tile * firstScale },
    { name: "second", size: tile * secondScale },
    { name: "attention", size: tile },
  ];
  return all.filter(({ name }) => has(name));
}

/**
 * The part of the model under `name`, as a network of its own. Its weights have the names that they have in the model.
 */
function withWeights<M extends Module>(part: M, { params, buffers = {} }: Model, name: string): M {
  const start = `${name}.`;
  const under = (weights: Module["params"]) => Object.entries(weights).filter(([key]) => key.startsWith(start));
  const given = Object.fromEntries([...under(params), ...under(buffers)].map(([key, x]) => [key.slice(start.length), x])); // prettier-ignore
  loadWeights(part, given);
  return part;
}

async function attentionExport(
  name: string,
  network: AttentionNetwork,
  size: number,
  image: GoldenImage,
): Promise<NetworkExport> {
  return {
    name: `attention_${name}`.replace("attention_attention", "attention"),
    module: network,
    inputs: imageInputs(size),
    asked: { pixel_values: [await image(size, size)] },
    forward: ({ pixel_values }) => ({
      attention_logits: network.forward(pixel_values as tf.Tensor4D, inferenceContext()),
    }),
  };
}

/** How patches are chosen between the files, for the model card. */
function rule({ id, viewScale }: Network, settings: Settings, stages: number): string {
  const { tile, patch, firstScale, secondScale, samples } = settings;
  const classifier =
    "`classifier.onnx` takes patches, `pixel_values` [patch, 3, height, width], and `weights` [batch, patch]: how much each patch counts for each image.";
  if (stages === 0)
    return `${classifier} Its one patch is the whole image at scale ${viewScale(settings)}, with weight 1.`;
  const attention = "p = (1 − 10⁻⁵) · softmax(logits) + 10⁻⁵ / cells";
  if (stages === 1)
    return `1. \`attention.onnx\` is given the whole image at scale ${firstScale}. Over all cells of its map, ${attention}.
2. The ${samples} cells with the highest p are taken. Around the point of the image where the middle of a cell lies, ${patch} × ${patch} pixels are read at full resolution, zeros outside the image.
3. ${classifier} The weight of a patch is its p over the sum of all that were taken.`;
  const scores = id.includes("mean") ? "the mean of its logits" : "the logarithm of the sum of exp of its logits";
  return `1. The image is cut into tiles of ${tile} × ${tile} pixels. \`attention_first.onnx\` is given each at scale ${firstScale}; the score of a tile is ${scores}, and over all tiles α = (1 − 10⁻⁵) · softmax(scores) + 10⁻⁵ / tiles.
2. ${samples} patches are shared out among the tiles in proportion to α, by largest remainders.
3. \`attention_second.onnx\` is given each tile that has a share, at scale ${secondScale}. Over the cells of a tile, β is made of the logits as p = (1 − 10⁻⁵) · softmax(logits) + 10⁻⁵ / cells, and as many cells as its share are taken, those with the highest β. Around the point where the middle of a cell lies, ${patch} × ${patch} pixels are read at full resolution, zeros outside the image.
4. ${classifier} The weight of a patch is α of its tile over the sum of α of the tiles with a share, times its β over the sum of β that were taken in that tile.`;
}
