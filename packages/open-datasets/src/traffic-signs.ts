import { requireCounts } from "@fovea/nn";
import { requireRenderings, requireVariation } from "./checks.js";
import { defaultVariation } from "./emoji-views.js";
import { dealSisters, type FineGrainedSet, type SplitCounts } from "./fine-grained.js";
import type { Variation } from "./rendering/pose.js";
import { creditsOf, renderedSet, renderings } from "./rendering/renderings.js";
import { allSigns, SIGNS, splitDesigns } from "./signs/signs.js";

/** What `trafficSigns` is made from. Plain JSON. */
export interface TrafficSignsConfig {
  /** The number of classes, at least 2, dealt to the families as `dealSisters` says. Default 30. */
  readonly classes?: number | undefined;
  /**
   * The least number of designs of a class: one for the test, one for validation, the others to learn from. Default 4.
   */
  readonly designs?: number | undefined;
  /** Width and height of the images, in pixels. Default 64. */
  readonly size?: number | undefined;
  /** Images of each design. Default { train: 32, validation: 16, test: 16 }. */
  readonly renderings?: SplitCounts | undefined;
  /** How much the images of a drawing differ. Defaults in `signVariation`. */
  readonly variation?: Partial<Variation> | undefined;
  /** Changes every pose and background; the classes and the split stay. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Default variation of traffic signs, as seen from a car: hardly turned, near or far (20 to 60 of 64 pixels), from the
 * side, in any light, not always sharp.
 */
export const signVariation: Variation = {
  ...defaultVariation,
  rotation: 10,
  tilt: 50,
  scale: [0.32, 0.95],
  light: 0.3,
  blur: 1,
};

const resolveTrafficSigns = (config: TrafficSignsConfig) => ({
  classes: config.classes ?? 30,
  designs: config.designs ?? 4,
  size: config.size ?? 64,
  renderings: {
    train: config.renderings?.train ?? 32,
    validation: config.renderings?.validation ?? 16,
    test: config.renderings?.test ?? 16,
  },
  variation: { ...signVariation, ...config.variation },
  seed: config.seed ?? 0,
});

/**
 * Single images of traffic signs of the world in families of sisters: one class a meaning ("turn left (regulatory)"),
 * one family a category and the first word of the meaning ("regulatory-turn"), one group a design. Designs are learned
 * from or tested on, never both; which is the same for every seed. Nothing is mirrored: a class's mirror image is often
 * its sister.
 *
 * @throws RangeError for fewer than 2 classes or more than there are, fewer than 3 designs, a number that is no
 * positive integer, or a variation outside of its range
 */
export async function trafficSigns(config: TrafficSignsConfig = {}): Promise<FineGrainedSet> {
  const { classes: count, designs: least, size, renderings: counts, variation, seed } = resolveTrafficSigns(config);
  requireCounts(MAKER, { classes: count }, 2);
  requireCounts(MAKER, { designs: least }, 3);
  requireRenderings(MAKER, size, counts);
  requireVariation(MAKER, variation);
  const usable = (await allSigns()).filter(({ designs }) => designs.length >= least);
  const signs = dealSisters(MAKER, usable, ({ family }) => family, count);
  const name = `traffic-signs-${signs.length}`;
  const classes = signs.map((sign) => sign.label);
  const options = { maker: MAKER, size, variation, seed };
  const setOf = (split: "train" | "validation" | "test") => {
    const items = signs.flatMap((sign, label) =>
      splitDesigns(sign)[split].flatMap(({ name: design, drawing }) =>
        renderings(drawing, { thing: sign.slug, label, design }, counts[split], options),
      ),
    );
    return renderedSet(`${name}/${split}`, classes, items);
  };
  return {
    name,
    classes,
    families: signs.map(({ family }) => family),
    train: setOf("train"),
    validation: setOf("validation"),
    test: setOf("test"),
    attribution: creditsOf([SIGNS], variation),
  };
}

const MAKER = "trafficSigns";
