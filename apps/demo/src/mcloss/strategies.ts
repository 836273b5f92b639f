import { mcHead, mcResNet18, projectedEncoder, resNet } from "@fovea/backbones";
import { addLosses, crossEntropy, mcLoss, mcLossWeights, type MultiTermLoss } from "@fovea/losses";
import { fineGrainedClassifier, type FineGrainedClassifier, type FineGrainedOutputs } from "@fovea/models";
import { freeze, subSeed, unfreeze, type Context, type ImageEncoder } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-datasets";
import type * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "./settings.js";

/** One way to train one network. */
export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What it is compared with: the same network, trained without MC-Loss. */
  readonly baseline?: string;
  readonly pretrained: boolean;
  /** Whether the last map has `xi` channels for each class, few enough to be looked at one by one. */
  readonly wide: boolean;
  /** Whether MC-Loss is added to the cross-entropy. */
  readonly mc: boolean;
  encoder(settings: Settings): Promise<ImageEncoder>;
}

/** The trunk's map that is computed once; what comes after it is tuned. */
export const FROZEN_STAGE = "block_10_project_BN";
/** 576 channels at stride 16. */
const LAST_STAGE = "block_13_expand_relu";

const scratch = { pretrained: false, wide: true };
const tuned = { pretrained: true, wide: false };
const mcEncoder: Strategy["encoder"] = ({ classes, xi, width, seed }) =>
  Promise.resolve(mcResNet18({ classes, channelsPerClass: xi, width, seed }));
const wideTrunk: Strategy["encoder"] = async ({ classes, xi, seed }) =>
  projectedEncoder(await tunedTrunk(), { channels: xi * classes, seed });

/** Everything that the demo compares. */
export const STRATEGIES: readonly Strategy[] = [
  {
    ...scratch,
    id: "ce",
    name: "scratch, plain, CE",
    description: "A narrow ResNet-18 with its own channels and strides, trained from scratch by cross-entropy.",
    wide: false,
    mc: false,
    encoder: ({ width, seed }) => Promise.resolve(resNet({ depth: 18, width, seed })),
  },
  {
    ...scratch,
    id: "ce-wide",
    name: "scratch, ξ a class, CE",
    description: "The same with ξ channels for each class in its last map, at stride 16; still cross-entropy alone.",
    mc: false,
    encoder: mcEncoder,
  },
  {
    ...scratch,
    id: "mc",
    name: "scratch, ξ a class, MC",
    description: "That network, by cross-entropy and MC-Loss.",
    baseline: "ce-wide",
    mc: true,
    encoder: mcEncoder,
  },
  {
    ...tuned,
    id: "pretrained-ce",
    name: "pretrained, CE",
    description:
      "An ImageNet MobileNetV2 up to 576 channels at stride 16, frozen up to block 10, the rest tuned by cross-entropy.",
    mc: false,
    encoder: tunedTrunk,
  },
  {
    ...tuned,
    id: "pretrained-mc",
    name: "pretrained, MC",
    description: "That network, by cross-entropy and MC-Loss with the weights for tuning; classes own unequal groups.",
    baseline: "pretrained-ce",
    mc: true,
    encoder: tunedTrunk,
  },
  {
    ...tuned,
    id: "pretrained-ce-wide",
    name: "pretrained, ξ a class, CE",
    description: "The tuned trunk, projected to ξ channels for each class, by cross-entropy.",
    wide: true,
    mc: false,
    encoder: wideTrunk,
  },
  {
    ...tuned,
    id: "pretrained-mc-wide",
    name: "pretrained, ξ a class, MC",
    description: "That network, by cross-entropy and MC-Loss with the weights for tuning.",
    baseline: "pretrained-ce-wide",
    wide: true,
    mc: true,
    encoder: wideTrunk,
  },
];

/** The ImageNet trunk of which only the convolutions after `FROZEN_STAGE` move; its batch norms stay as they are. */
async function tunedTrunk(): Promise<ImageEncoder> {
  const trunk = await imagenetTrunk({ until: LAST_STAGE });
  freeze(trunk);
  for (const key of Object.keys(trunk.params)) if (/^block_1[123]_(?!.*_BN\/)/.test(key)) unfreeze(trunk, key);
  return trunk;
}

/** The strategy's network, untrained. Every one has the same kind of head. */
export async function buildModel({ encoder: make }: Strategy, settings: Settings): Promise<FineGrainedClassifier> {
  const { classes, size, seed } = settings;
  const encoder = await make(settings);
  const { channels, stride } = encoder.stages.at(-1)!;
  const side = Math.ceil(size / stride);
  const map = { channels, height: side, width: side, pool: side };
  return fineGrainedClassifier(encoder, { classes }, mcHead({ ...map, classes, seed: subSeed(seed, "head") }));
}

/** What the strategy minimizes. */
export function lossOf(
  { mc, pretrained }: Strategy,
  { classes, alpha, beta }: Settings,
  { maps, logits }: FineGrainedOutputs,
  labels: tf.Tensor1D,
  ctx: Context,
): MultiTermLoss {
  const weights = pretrained ? mcLossWeights.finetune : { alpha, beta };
  return addLosses({
    "cross-entropy": crossEntropy(logits, labels),
    ...(mc && { mc: mcLoss(maps, labels, ctx, { classes, ...weights }) }),
  });
}

/** The strategies of the given ids, in the order of `STRATEGIES`. @throws RangeError for an unknown id */
export function strategiesOf(ids: readonly string[]): Strategy[] {
  const unknown = ids.find((id) => !STRATEGIES.some((strategy) => strategy.id === id));
  if (unknown !== undefined)
    throw new RangeError(`mcloss: no strategy \`${unknown}\`; there are ${STRATEGIES.map(({ id }) => id).join(", ")}.`);
  return STRATEGIES.filter(({ id }) => ids.includes(id));
}
