import type { LabelledImage, SegmentationItem, SegmentationSet } from "@fovea/data";
import { requireCounts, requireOneOf, rng, type Rng } from "@fovea/nn";
import type { Source } from "./attribution.js";
import { refuse, requireRenderings, requireVariation } from "./checks.js";
import { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
import { drawingsOf } from "./emoji/drawings.js";
import { drawnBy, requireDisjointSplits, type DrawnEmoji } from "./emoji/splits.js";
import { fluentVendors, packageOf, type Vendor } from "./emoji/vendors.js";
import type { SplitCounts } from "./fine-grained.js";
import { earthPhotos } from "./rendering/backgrounds.js";
import { backdrop } from "./rendering/compose.js";
import type { Cutout, Drawing } from "./rendering/cut-out.js";
import { drawPose, type Variation } from "./rendering/pose.js";
import { creditsOf } from "./rendering/renderings.js";
import { labelledScene, type EdgeRule, type LabelledLayer } from "./scenes/labelled-scene.js";
import { scattered } from "./scenes/scattered.js";
import { cutouts, poseIn, roomFor, signLayer } from "./scenes/signs-in-scene.js";

/** How much the objects of a scene differ, and what is behind them. */
export type SceneVariation = Pick<Variation, "rotation" | "tilt" | "light" | "background">;

/** What `emojiScenes` is made from. Plain JSON. */
export interface EmojiScenesConfig {
  /** The groups of emojis that are the classes after the background. Default six: see `defaultSceneGroups`. */
  readonly groups?: readonly EmojiGroup[] | undefined;
  /** Vendors whose drawings are in the training split. Default noto and the three Fluent ones. */
  readonly train?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the validation split. Default emojione. */
  readonly validation?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the test split. Default noto-v1 and twemoji. */
  readonly test?: readonly Vendor[] | undefined;
  /** Scenes of each split. Default { train: 512, validation: 64, test: 128 }. */
  readonly scenes?: SplitCounts | undefined;
  /** Width and height of the images, in pixels. Default 128. */
  readonly size?: number | undefined;
  /** The number of objects in a scene, from … to. Default [3, 7]. */
  readonly objects?: readonly [least: number, most: number] | undefined;
  /** Side of an object, as a fraction of the image's side, from … to. Default [0.2, 0.45]. */
  readonly objectSize?: readonly [least: number, most: number] | undefined;
  /**
   * The most of the square around an object that the square of another may cover, 0 … 1. An object that finds no place
   * is left out. Default 0.3.
   */
  readonly overlap?: number | undefined;
  /**
   * Pixels that show an object and what is behind it. "half": they belong to it if it covers at least half of them.
   * "ignore": those that it covers by 10 to 90 % are ignored. Default "half".
   */
  readonly edges?: "half" | "ignore" | undefined;
  /** How much objects differ. Default `defaultSceneVariation`. */
  readonly variation?: Partial<SceneVariation> | undefined;
  /** Changes every scene. Default 0. */
  readonly seed?: number | undefined;
}

/** Three segmentation sets none of whose drawings is in another. */
export interface EmojiScenes {
  readonly name: string;
  /** "background", then the groups. */
  readonly classes: readonly string[];
  readonly train: SegmentationSet;
  /** For choosing: settings, the epoch to stop at. */
  readonly validation: SegmentationSet;
  /** For the result, once. */
  readonly test: SegmentationSet;
  /** The sources to credit wherever the images are shown. */
  readonly attribution: readonly Source[];
}

/** Groups whose emojis look like what they are called, and not like those of another. */
export const defaultSceneGroups: readonly EmojiGroup[] = [
  "animals-nature",
  "food-drink",
  "travel-places",
  "activities",
  "objects",
  "smileys-emotion",
];

export const defaultSceneVariation: SceneVariation = { rotation: 25, tilt: 30, light: 0.15, background: "photo" };

const resolveEmojiScenes = (config: EmojiScenesConfig) => ({
  groups: config.groups ?? defaultSceneGroups,
  train: config.train ?? ["noto", ...fluentVendors],
  validation: config.validation ?? (["emojione"] as const),
  test: config.test ?? (["noto-v1", "twemoji"] as const),
  scenes: {
    train: config.scenes?.train ?? 512,
    validation: config.scenes?.validation ?? 64,
    test: config.scenes?.test ?? 128,
  },
  size: config.size ?? 128,
  objects: config.objects ?? ([3, 7] as const),
  objectSize: config.objectSize ?? ([0.2, 0.45] as const),
  overlap: config.overlap ?? 0.3,
  edges: config.edges ?? "half",
  variation: { ...defaultSceneVariation, ...config.variation },
  seed: config.seed ?? 0,
});

type Resolved = ReturnType<typeof resolveEmojiScenes>;

/** The drawings of one class. */
interface DrawnGroup {
  readonly label: number;
  readonly drawn: readonly DrawnEmoji[];
}

/**
 * Scenes of several emojis on pieces of the Earth, with the class of every pixel: a group of emojis, or background. The
 * label maps are exact, since they come from the drawings' transparency. A vendor's drawings are in one split only.
 *
 * Each object has a class, an emoji of it and a vendor, all with equal shares. Later objects lie on earlier ones, and
 * may reach over the border by a quarter of their side. A scene depends on `seed`, split and its number only.
 *
 * @throws RangeError for an unknown group or vendor, a vendor (or two finishes of the Fluent drawing) in two splits, or
 *   a number out of its range
 */
export async function emojiScenes(config: EmojiScenesConfig = {}): Promise<EmojiScenes> {
  const resolved = resolveEmojiScenes(config);
  requireEmojiScenes(resolved);
  const { groups, train, validation, test, scenes, size, objectSize, variation } = resolved;
  const vendors = [...train, ...validation, ...test];
  // read once for all
  for (const vendor of vendors) await Promise.all(groups.map((group) => drawingsOf(vendor, group)));
  const drawn = await Promise.all(
    groups.map(async (group, i): Promise<DrawnGroup> => ({ label: i + 1, drawn: await drawnBy(group, vendors) })),
  );
  const classes = ["background", ...groups];
  const name = `emoji-scenes-${groups.length}`;
  const cutoutsOf = cutouts(Math.ceil(objectSize[1] * size));
  const setOf = (split: "train" | "validation" | "test"): SegmentationSet => ({
    name: `${name}/${split}`,
    classes,
    ignore: IGNORE,
    skipped: [],
    items: Array.from({ length: scenes[split] }, (_, i) =>
      sceneItem(`${split}/${i}`, () => sceneOf(resolved, split, i, drawn, cutoutsOf)),
    ),
  });
  return {
    name,
    classes,
    train: setOf("train"),
    validation: setOf("validation"),
    test: setOf("test"),
    attribution: creditsOf([...vendors.map(packageOf), "emojibase-data"], variation),
  };
}

const MAKER = "emojiScenes";
const IGNORE = 255;

const sceneItem = (id: string, load: () => Promise<LabelledImage>): SegmentationItem => ({
  id,
  load,
  loadLabels: async () => (await load()).labels,
});

async function sceneOf(
  config: Resolved,
  split: "train" | "validation" | "test",
  index: number,
  drawn: readonly DrawnGroup[],
  cutoutsOf: (drawing: Drawing) => Promise<readonly Cutout[]>,
): Promise<LabelledImage> {
  const { size, edges, variation, seed } = config;
  const random = rng(seed).split(MAKER, split, index);
  const photos = variation.background === "photo" ? await earthPhotos() : null;
  const still = { ...variation, scale: [1, 1] as const, shift: 0, blur: 0 };
  const ground = backdrop(photos, drawPose(random.split("ground"), still), size);
  const layers = layersOf(config, config[split], random, drawn, cutoutsOf);
  const rule: EdgeRule = { background: 0, ignore: IGNORE, ignoreEdges: edges === "ignore" };
  return labelledScene(ground, layers, size, rule);
}

/** The objects of a scene, from back to front. */
function layersOf(
  { size, objects, objectSize, overlap, variation }: Resolved,
  vendors: readonly Vendor[],
  random: Rng,
  drawn: readonly DrawnGroup[],
  cutoutsOf: (drawing: Drawing) => Promise<readonly Cutout[]>,
): LabelledLayer[] {
  const count = objects[0] + random.split("count").integer(objects[1] - objects[0] + 1);
  const sides = Array.from({ length: count }, (_, i) =>
    Math.max(2, Math.round(size * random.split("side", i).uniform(1, ...objectSize)[0]!)),
  );
  const rooms = sides.map((side) => roomFor(side, variation.rotation));
  return scattered(random.split("places"), rooms, size, overlap).map(({ place, index }): LabelledLayer => {
    const one = random.split("object", index);
    const group = pick(one.split("class"), drawn);
    const { drawings } = pick(one.split("emoji"), group.drawn);
    const drawing = drawings.get(pick(one.split("vendor"), vendors))!;
    const pose = poseIn(one.split("pose"), place, sides[index]!, variation);
    return { ...signLayer(place, pose, drawing, cutoutsOf), label: group.label };
  });
}

const pick = <T>(random: Rng, things: readonly T[]): T => things[random.integer(things.length)]!;

function requireEmojiScenes(resolved: Resolved): void {
  const { groups, train, validation, test, scenes, size, objects, objectSize, overlap, edges, variation } = resolved;
  if (groups.length === 0) refuse(MAKER, "`groups` must name at least one group", "none");
  for (const group of groups) requireOneOf(MAKER, { groups: group }, emojiGroups);
  const both = groups.includes("faces") && groups.includes("smileys-emotion");
  if (both || new Set(groups).size < groups.length)
    refuse(MAKER, "`groups` must differ (faces are a part of smileys-emotion)", groups.join(", "));
  requireDisjointSplits(MAKER, { train, validation, test });
  requireRenderings(MAKER, size, {});
  for (const [split, count] of Object.entries(scenes)) requireCounts(MAKER, { [`scenes.${split}`]: count });
  requireCounts(MAKER, { "objects[0]": objects[0] }, 0);
  requireCounts(MAKER, { "objects[1]": objects[1] }, objects[0]);
  if (!(objectSize[0] > 0 && objectSize[0] <= objectSize[1] && objectSize[1] <= 1))
    refuse(MAKER, "`objectSize` must rise within (0, 1]", objectSize.join(" … "));
  if (!(overlap >= 0 && overlap <= 1)) refuse(MAKER, "`overlap` must be in 0 … 1", overlap);
  requireOneOf(MAKER, { edges }, ["half", "ignore"]);
  requireVariation(MAKER, { ...variation, scale: [1, 1], shift: 0, blur: 0 });
}
