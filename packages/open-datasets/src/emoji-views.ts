import type { ImageSet } from "@fovea/data";
import { requireCounts, requireOneOf, rng } from "@fovea/nn";
import type { Source } from "./attribution.js";
import { requireRenderings, requireVariation } from "./checks.js";
import { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
import { requireDisjointSplits, drawnBy, emojiItems, type DrawnEmoji } from "./emoji/splits.js";
import { fluentVendors, packageOf, type Vendor } from "./emoji/vendors.js";
import type { Variation } from "./rendering/pose.js";
import { creditsOf, renderedSet } from "./rendering/renderings.js";

/** What `emojiViews` is made from. Plain JSON. */
export interface EmojiViewsConfig {
  /** The group of emojis. Default "animals-nature". */
  readonly group?: EmojiGroup | undefined;
  /**
   * The number of classes; those of a smaller number are among those of a larger one. Default 50, or all there are if
   * fewer.
   */
  readonly classes?: number | undefined;
  /** Vendors whose drawings are in the training split. Default noto and the three Fluent ones. */
  readonly train?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the test split. Default noto-v1, twemoji and emojione. */
  readonly test?: readonly Vendor[] | undefined;
  /** Width and height of the images, in pixels. Default 96. */
  readonly size?: number | undefined;
  /** Images of each drawing. Default { train: 16, test: 8 }. */
  readonly renderings?: { readonly train?: number | undefined; readonly test?: number | undefined } | undefined;
  /** How much the images of a drawing differ. Defaults in `defaultVariation`. */
  readonly variation?: Partial<Variation> | undefined;
  /** Changes every pose and background; the classes stay. Default 0. */
  readonly seed?: number | undefined;
}

/** Drawings of the same things by different hands, split by hand. */
export interface EmojiViews {
  readonly name: string;
  /** Unicode's names of the emojis, such as "tiger face". */
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** The sources to credit wherever the images are shown. */
  readonly attribution: readonly Source[];
}

/**
 * Turned, tilted, moved and lit, on pieces of the Earth from orbit: what separates recognizing a shape from matching
 * pixels.
 */
export const defaultVariation: Variation = {
  rotation: 25,
  tilt: 40,
  scale: [0.6, 0.95],
  shift: 1,
  light: 0.15,
  blur: 0,
  background: "photo",
};

const resolveEmojiViews = (config: EmojiViewsConfig) => ({
  group: config.group ?? "animals-nature",
  classes: config.classes,
  train: config.train ?? ["noto", ...fluentVendors],
  test: config.test ?? (["noto-v1", "twemoji", "emojione"] as const),
  size: config.size ?? 96,
  renderings: { train: config.renderings?.train ?? 16, test: config.renderings?.test ?? 8 },
  variation: { ...defaultVariation, ...config.variation },
  seed: config.seed ?? 0,
});

/**
 * One class an emoji, one group a vendor: several images of each vendor's drawing of each emoji, where some vendors
 * are learned from and others, whose drawings nobody has seen, are tested on. Classes are emojis that every chosen
 * vendor has.
 *
 * The images of an emoji by several test vendors are views of one thing: the same class, different drawings.
 *
 * @throws RangeError for an unknown group or vendor, a vendor (or two finishes of the Fluent drawing) in both splits,
 * more classes than there are, a number that is no positive integer, or a variation outside of its range
 */
export async function emojiViews(config: EmojiViewsConfig = {}): Promise<EmojiViews> {
  const resolved = resolveEmojiViews(config);
  requireEmojiViews(resolved);
  const { group, train, test, renderings, size, variation, seed } = resolved;
  const drawn = await drawnBy(group, [...train, ...test]);
  const chosen = choose(drawn, resolved.classes ?? Math.min(50, drawn.length));
  const name = `emoji-${group}-${chosen.length}`;
  const classes = chosen.map(({ emoji }) => emoji.label);
  const options = { maker: MAKER, size, variation, seed };
  return {
    name,
    classes,
    train: renderedSet(`${name}/train`, classes, emojiItems(chosen, train, renderings.train, options)),
    test: renderedSet(`${name}/test`, classes, emojiItems(chosen, test, renderings.test, options)),
    attribution: creditsOf([...[...train, ...test].map(packageOf), "emojibase-data"], variation),
  };
}

const MAKER = "emojiViews";

function requireEmojiViews(resolved: ReturnType<typeof resolveEmojiViews>): void {
  const { group, classes, train, test, size, renderings, variation } = resolved;
  requireOneOf(MAKER, { group }, emojiGroups);
  requireDisjointSplits(MAKER, { train, test });
  requireCounts(MAKER, { classes: classes ?? 1 });
  requireRenderings(MAKER, size, renderings);
  requireVariation(MAKER, variation);
}

/** The first `count` of a shuffle that never changes, back in Unicode's order. */
function choose(drawn: readonly DrawnEmoji[], count: number): DrawnEmoji[] {
  if (count > drawn.length)
    throw new RangeError(
      `${MAKER}: \`classes\` is ${count}, but only ${drawn.length} emojis have a drawing by every vendor.`,
    );
  const order = rng(0).split(MAKER, "classes").permutation(drawn.length);
  return [...order.subarray(0, count)].sort((a, b) => a - b).map((index) => drawn[index]!);
}
