import type { ImageSet } from "@fovea/data";
import { rng } from "@fovea/nn";
import { sourcesOf, type Source } from "./attribution.js";
import { emojisOf, type Emoji, type EmojiGroup } from "./emoji/catalogue.js";
import { checkEmojiViews } from "./emoji/check.js";
import { drawingsOf, type Drawing } from "./emoji/drawings.js";
import type { Variation } from "./emoji/pose.js";
import { renderings } from "./emoji/renderings.js";
import { fluentVendors, packageOf, type Vendor } from "./emoji/vendors.js";

/** Plain JSON. */
export interface EmojiViewsConfig {
  /** Which emojis. Default "animals-nature". */
  readonly group?: EmojiGroup | undefined;
  /** How many classes; a smaller number's classes are among a larger one's. Default 50, or all there are if fewer. */
  readonly classes?: number | undefined;
  /** Whose drawings are learned from. Default noto and the three Fluent ones. */
  readonly train?: readonly Vendor[] | undefined;
  /** Whose drawings are kept for the test. Default noto-v1, twemoji and emojione. */
  readonly test?: readonly Vendor[] | undefined;
  /** Side of the pictures, in pixels. Default 96. */
  readonly size?: number | undefined;
  /** Pictures of each drawing. Default { train: 16, test: 8 }. */
  readonly renderings?: { readonly train?: number | undefined; readonly test?: number | undefined } | undefined;
  /** How far they differ. Defaults in `defaultVariation`. */
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
  /** What must be credited wherever the pictures are shown. */
  readonly attribution: readonly Source[];
}

/** Turned, tilted, moved and lit, on pieces of the Earth from orbit: what separates recognizing a shape from matching pixels. */
export const defaultVariation: Variation = {
  rotation: 25,
  tilt: 40,
  scale: [0.6, 0.95],
  shift: 1,
  light: 0.15,
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
 * One class an emoji, one group a vendor: several pictures of each vendor's drawing of each emoji, where some vendors are
 * learned from and others, whose drawings nobody has seen, are tested on. Classes are emojis that every chosen vendor has.
 *
 * The pictures of an emoji by several test vendors are views of one thing: the same class, different drawings.
 *
 * @throws RangeError for an unknown group or vendor, a vendor (or two finishes of the Fluent drawing) on both sides, more
 * classes than there are, a number that is not whole and positive, or a variation outside of its range
 */
export async function emojiViews(config: EmojiViewsConfig = {}): Promise<EmojiViews> {
  const resolved = resolveEmojiViews(config);
  checkEmojiViews(resolved);
  const joined = await join(resolved.group, [...resolved.train, ...resolved.test]);
  const chosen = choose(joined, resolved.classes ?? Math.min(50, joined.length));
  const name = `emoji-${resolved.group}-${chosen.length}`;
  const classes = chosen.map(({ emoji }) => emoji.label);
  const setOf = (side: "train" | "test"): ImageSet => ({
    name: `${name}/${side}`,
    classes,
    skipped: [],
    items: chosen.flatMap(({ emoji, drawings }, label) =>
      resolved[side].flatMap((vendor) =>
        renderings(drawings.get(vendor)!, { emoji, label, vendor }, resolved.renderings[side], resolved),
      ),
    ),
  });
  const packages = [...resolved.train, ...resolved.test].map(packageOf);
  const photos = resolved.variation.background === "photo" ? ["three-globe"] : [];
  return {
    name,
    classes,
    train: setOf("train"),
    test: setOf("test"),
    attribution: sourcesOf([...packages, "emojibase-data", ...photos]),
  };
}

interface Joined {
  readonly emoji: Emoji;
  readonly drawings: ReadonlyMap<Vendor, Drawing>;
}

/** The emojis of a group that every one of the vendors has drawn, each otherwise: of two that share a drawing the first stays. */
async function join(group: EmojiGroup, chosen: readonly Vendor[]): Promise<Joined[]> {
  const emojis = await emojisOf(group);
  const byVendor = new Map<Vendor, ReadonlyMap<string, Drawing>>();
  for (const vendor of chosen) byVendor.set(vendor, await drawingsOf(vendor, group)); // one by one: some are 100 MB of JSON
  const seen = new Set<string>();
  return emojis.flatMap((emoji) => {
    const drawings = [...byVendor].flatMap(([vendor, drawn]) => {
      const drawing = drawn.get(emoji.hex);
      return drawing === undefined ? [] : [[vendor, drawing] as const];
    });
    const keys = drawings.map(([vendor, drawing]) => `${vendor} ${drawing.toString()}`);
    if (drawings.length < byVendor.size || keys.some((key) => seen.has(key))) return [];
    keys.forEach((key) => seen.add(key));
    return [{ emoji, drawings: new Map(drawings) }];
  });
}

/** The first `count` of a shuffle that never changes, back in Unicode's order. */
function choose(joined: readonly Joined[], count: number): Joined[] {
  if (count > joined.length)
    throw new RangeError(
      `emojiViews: \`classes\` is ${count}, but only ${joined.length} emojis have a drawing by every vendor.`,
    );
  const order = rng(0).split("emojiViews", "classes").permutation(joined.length);
  return [...order.subarray(0, count)].sort((a, b) => a - b).map((index) => joined[index]!);
}
