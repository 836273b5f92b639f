import { byPrefix, type Naming } from "./naming.js";

/** Blocks of each stage: table 2 of Sandler et al. 2018, arXiv:1801.04381. */
const BLOCKS_OF_STAGE = [1, 2, 3, 4, 3, 3, 1];

/** The layers of the first block, which has no expansion, and of all others: timm's name → torchvision's number. */
const FIRST = { conv_dw: "conv.0.0", bn1: "conv.0.1", conv_pw: "conv.1", bn2: "conv.2" };
const OTHERS = {
  conv_pw: "conv.0.0",
  bn1: "conv.0.1",
  conv_dw: "conv.1.0",
  bn2: "conv.1.1",
  conv_pwl: "conv.2",
  bn3: "conv.3",
};

/**
 * timm's `blocks.2.1.conv_dw` → torchvision's `features.5.conv.1.0`, which numbers the blocks of all stages in one row.
 */
const blocks = BLOCKS_OF_STAGE.flatMap((count, stage) =>
  Array.from({ length: count }, (_, block) => [stage, block] as const),
).flatMap(([stage, block], i) =>
  Object.entries(stage === 0 ? FIRST : OTHERS).map(([layer, number]) => [
    `blocks.${stage}.${block}.${layer}`,
    `features.${i + 1}.${number}`,
  ]),
);

/** timm's names of MobileNetV2 (`conv_stem`, `blocks.1.0.conv_pw`), for a network with torchvision's. */
export const timmMobileNetV2: Naming = {
  name: "timm's MobileNetV2",
  rename: byPrefix({
    conv_stem: "features.0.0",
    bn1: "features.0.1",
    ...(Object.fromEntries(blocks) as Record<string, string>),
    conv_head: "features.18.0",
    bn2: "features.18.1",
    classifier: "classifier.1",
  }),
};
