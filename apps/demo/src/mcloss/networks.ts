import { mcHead, mcResNet18, projectedEncoder, resNet } from "@fovea/backbones";
import { channelGroups } from "@fovea/losses";
import { fineGrainedClassifier, type FineGrainedClassifier } from "@fovea/models";
import { freeze, subSeed, unfreeze, type ImageEncoder } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-datasets";
import type { Settings } from "./settings.js";

/** A network, and whether MC-Loss trains it. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Id of the same network trained without MC-Loss. */
  readonly baseline?: string;
  readonly pretrained: boolean;
  /** Whether the last map has `xi` channels for each class, few enough to be shown one by one. */
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
const mcEncoder: Network["encoder"] = ({ classes, xi, width, seed }) =>
  Promise.resolve(mcResNet18({ classes, channelsPerClass: xi, width, seed }));
const wideTrunk: Network["encoder"] = async ({ classes, xi, seed }) =>
  projectedEncoder(await tunedTrunk(), { channels: xi * classes, seed });

/** All that is compared. */
export const networks: readonly Network[] = [
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
    description:
      "A narrow ResNet-18 with ξ channels for each class in its last map, at stride 16, trained from scratch by cross-entropy.",
    mc: false,
    encoder: mcEncoder,
  },
  {
    ...scratch,
    id: "mc",
    name: "scratch, ξ a class, MC",
    description:
      "A narrow ResNet-18 with ξ channels for each class in its last map, at stride 16, trained from scratch by cross-entropy and MC-Loss.",
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
    description:
      "An ImageNet MobileNetV2, tuned in the same way, by cross-entropy and MC-Loss with the weights for tuning; classes own unequal groups of channels.",
    baseline: "pretrained-ce",
    mc: true,
    encoder: tunedTrunk,
  },
  {
    ...tuned,
    id: "pretrained-ce-wide",
    name: "pretrained, ξ a class, CE",
    description:
      "An ImageNet MobileNetV2, tuned in the same way, projected to ξ channels for each class, by cross-entropy.",
    wide: true,
    mc: false,
    encoder: wideTrunk,
  },
  {
    ...tuned,
    id: "pretrained-mc-wide",
    name: "pretrained, ξ a class, MC",
    description:
      "An ImageNet MobileNetV2, tuned in the same way, projected to ξ channels for each class, by cross-entropy and MC-Loss.",
    baseline: "pretrained-ce-wide",
    wide: true,
    mc: true,
    encoder: wideTrunk,
  },
];

/** Whether the network of that id is pretrained. */
export const isPretrained = (id: string): boolean => networks.find((network) => network.id === id)!.pretrained;

/** The ImageNet trunk of which only the convolutions after `FROZEN_STAGE` move; its batch norms stay as they are. */
async function tunedTrunk(): Promise<ImageEncoder> {
  const trunk = await imagenetTrunk({ until: LAST_STAGE });
  freeze(trunk);
  for (const key of Object.keys(trunk.params)) if (/^block_1[123]_(?!.*_BN\/)/.test(key)) unfreeze(trunk, key);
  return trunk;
}

/** The network, untrained. All have the same kind of head. */
export async function buildModel({ encoder: make }: Network, settings: Settings): Promise<FineGrainedClassifier> {
  const { classes, size, seed } = settings;
  const encoder = await make(settings);
  const { channels, stride } = encoder.stages.at(-1)!;
  const side = Math.ceil(size / stride);
  const map = { channels, height: side, width: side, pool: side };
  return fineGrainedClassifier(encoder, { classes }, mcHead({ ...map, classes, seed: subSeed(seed, "head") }));
}

/** How many channels of the last map a class owns: the least and the most. */
export function channelsPerClass({ encoder }: FineGrainedClassifier, classes: number): readonly [number, number] {
  if (encoder.dim < classes) return [0, 0];
  const groups = channelGroups(encoder.dim, classes);
  return [groups[0]!, groups.at(-1)!];
}
