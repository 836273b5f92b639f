import { mcHead, mcResNet18, projectedEncoder, resNet } from "@fovea/backbones";
import { channelGroups } from "@fovea/losses";
import { fineGrainedClassifier, type FineGrainedClassifier } from "@fovea/models";
import { subSeed, type ImageEncoder } from "@fovea/nn";
import { tunedTrunk } from "../tuned-trunk.js";
import type { Settings } from "./settings.js";

/** A network, and how it is trained. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Id of the same network trained by cross-entropy alone. Only one that has a baseline is trained by MC-Loss, too. */
  readonly baseline?: string;
  readonly pretrained: boolean;
  /** Whether the last map has `xi` channels for each class, few enough to be shown one by one. */
  readonly wide: boolean;
  encoder(settings: Settings): Promise<ImageEncoder>;
}

const SCRATCH = "trained from scratch by cross-entropy";
const WIDE = "A narrow ResNet-18 with ξ channels for each class in its last map, at stride 16,";
const TUNED = "An ImageNet MobileNetV2, tuned in the same way,";
const PROJECTED = `${TUNED} projected to ξ channels for each class,`;

const wide: Pick<Network, "pretrained" | "wide" | "encoder"> = {
  ...{ pretrained: false, wide: true },
  encoder: ({ classes, xi, width, seed }) =>
    Promise.resolve(mcResNet18({ classes, channelsPerClass: xi, width, seed })),
};
const tuned = { pretrained: true, wide: false, encoder: () => tunedTrunk() };
const projected: typeof wide = {
  ...{ pretrained: true, wide: true },
  encoder: async ({ classes, xi, seed }) => projectedEncoder(await tunedTrunk(), { channels: xi * classes, seed }),
};

/** All that is compared. */
export const networks: readonly Network[] = [
  {
    ...{ id: "ce", name: "scratch, plain, CE", pretrained: false, wide: false },
    description: `A narrow ResNet-18 with its own channels and strides, ${SCRATCH}.`,
    encoder: ({ width, seed }) => Promise.resolve(resNet({ depth: 18, width, seed })),
  },
  { id: "ce-wide", name: "scratch, ξ a class, CE", description: `${WIDE} ${SCRATCH}.`, ...wide },
  {
    ...{ id: "mc", name: "scratch, ξ a class, MC", baseline: "ce-wide", ...wide },
    description: `${WIDE} ${SCRATCH} and MC-Loss.`,
  },
  {
    ...{ id: "pretrained-ce", name: "pretrained, CE", ...tuned },
    description:
      "An ImageNet MobileNetV2 up to 576 channels at stride 16, frozen up to block 10, the rest tuned by cross-entropy.",
  },
  {
    ...{ id: "pretrained-mc", name: "pretrained, MC", baseline: "pretrained-ce", ...tuned },
    description: `${TUNED} by cross-entropy and MC-Loss with the weights for tuning. Classes have unequal numbers of channels.`,
  },
  {
    ...{ id: "pretrained-ce-wide", name: "pretrained, ξ a class, CE", ...projected },
    description: `${PROJECTED} by cross-entropy.`,
  },
  {
    ...{ id: "pretrained-mc-wide", name: "pretrained, ξ a class, MC", baseline: "pretrained-ce-wide", ...projected },
    description: `${PROJECTED} by cross-entropy and MC-Loss.`,
  },
];

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
