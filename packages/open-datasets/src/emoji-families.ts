import { requireCounts, requireOneOf } from "@fovea/nn";
import { requireRenderings, requireVariation } from "./checks.js";
import { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
import { requireDisjointSplits, drawnBy, emojiItems } from "./emoji/splits.js";
import { fluentVendors, packageOf, type Vendor } from "./emoji/vendors.js";
import { defaultVariation } from "./emoji-views.js";
import { dealSisters, type FineGrainedSet, type SplitCounts } from "./fine-grained.js";
import type { Variation } from "./rendering/pose.js";
import { creditsOf, renderedSet } from "./rendering/renderings.js";

/** What `emojiFamilies` is made from. Plain JSON. */
export interface EmojiFamiliesConfig {
  /** The group of emojis. Default "animals-nature". */
  readonly group?: EmojiGroup | undefined;
  /** The number of classes, at least 2, dealt to the families as `dealSisters` says. Default 40. */
  readonly classes?: number | undefined;
  /** Vendors whose drawings are in the training split. Default noto and the three Fluent ones. */
  readonly train?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the validation split. Default emojione. */
  readonly validation?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the test split. Default noto-v1 and twemoji. */
  readonly test?: readonly Vendor[] | undefined;
  /** Width and height of the images, in pixels. Default 64. */
  readonly size?: number | undefined;
  /** Images of each drawing. Default { train: 16, validation: 8, test: 8 }. */
  readonly renderings?: SplitCounts | undefined;
  /** How much the images of a drawing differ. Defaults in `defaultVariation`. */
  readonly variation?: Partial<Variation> | undefined;
  /** Changes every pose and background; the classes stay. Default 0. */
  readonly seed?: number | undefined;
}

const resolveEmojiFamilies = (config: EmojiFamiliesConfig) => ({
  group: config.group ?? "animals-nature",
  classes: config.classes ?? 40,
  train: config.train ?? ["noto", ...fluentVendors],
  validation: config.validation ?? (["emojione"] as const),
  test: config.test ?? (["noto-v1", "twemoji"] as const),
  size: config.size ?? 64,
  renderings: {
    train: config.renderings?.train ?? 16,
    validation: config.renderings?.validation ?? 8,
    test: config.renderings?.test ?? 8,
  },
  variation: { ...defaultVariation, ...config.variation },
  seed: config.seed ?? 0,
});

/**
 * Single images of emojis in families of sisters: one class an emoji, one family a subgroup of Unicode
 * ("animal-bird"), the drawings of a vendor in one split only. As `emojiViews`, with a validation split and classes
 * chosen to be confused.
 *
 * @throws RangeError for an unknown group or vendor, a vendor (or two finishes of the Fluent drawing) in two splits,
 * fewer than 2 classes or more than there are, a number that is no positive integer, or a variation outside of its
 * range
 */
export async function emojiFamilies(config: EmojiFamiliesConfig = {}): Promise<FineGrainedSet> {
  const resolved = resolveEmojiFamilies(config);
  requireEmojiFamilies(resolved);
  const { group, train, validation, test, renderings, size, variation, seed } = resolved;
  const vendors = [...train, ...validation, ...test];
  const drawn = dealSisters(MAKER, await drawnBy(group, vendors), ({ emoji }) => emoji.family, resolved.classes);
  const name = `emoji-families-${group}-${drawn.length}`;
  const classes = drawn.map(({ emoji }) => emoji.label);
  const setOf = (split: "train" | "validation" | "test") =>
    renderedSet(
      `${name}/${split}`,
      classes,
      emojiItems(drawn, resolved[split], renderings[split], { maker: MAKER, size, variation, seed }),
    );
  return {
    name,
    classes,
    families: drawn.map(({ emoji }) => emoji.family),
    train: setOf("train"),
    validation: setOf("validation"),
    test: setOf("test"),
    attribution: creditsOf([...vendors.map(packageOf), "emojibase-data"], variation),
  };
}

const MAKER = "emojiFamilies";

function requireEmojiFamilies(resolved: ReturnType<typeof resolveEmojiFamilies>): void {
  const { group, classes, train, validation, test, size, renderings, variation } = resolved;
  requireOneOf(MAKER, { group }, emojiGroups);
  requireDisjointSplits(MAKER, { train, validation, test });
  requireCounts(MAKER, { classes }, 2);
  requireRenderings(MAKER, size, renderings);
  requireVariation(MAKER, variation);
}
