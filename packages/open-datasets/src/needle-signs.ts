import { requireCounts, requireOneOf, rng, type Rng } from "@fovea/nn";
import type { Source } from "./attribution.js";
import { refuse, requireVariation } from "./checks.js";
import type { SplitCounts } from "./fine-grained.js";
import { creditsOf } from "./rendering/renderings.js";
import { layered, type Layer } from "./scenes/layers.js";
import { boxOf, FULL, placed } from "./scenes/place.js";
import { COARSEST, quilt } from "./scenes/quilt.js";
import { sceneOf, type Scene } from "./scenes/scene.js";
import { cutouts, poseIn, roomFor, signLayer, type SignVariation } from "./scenes/signs-in-scene.js";
import { allSigns, othersOf, SIGNS, splitDesigns, targetsAmong, type Design, type Sign } from "./signs/signs.js";

/** What `needleSigns` is made from. Plain JSON. */
export interface NeedleSignsConfig {
  /** Width and height of the scenes, in pixels. Default 1,500. */
  readonly side?: number | undefined;
  /** Width of the scenes, in pixels. Default `side`. */
  readonly width?: number | undefined;
  /** Height of the scenes, in pixels. Default `side`. */
  readonly height?: number | undefined;
  /**
   * The signs that are classes, by the names of the package's files without `--g1.svg`. Default the speed limits 20,
   * 30 and 40, whose designs (ring and plate) differ in the number only: the ring of 70 is yellow, that of 50 white.
   */
  readonly targets?: readonly string[] | undefined;
  /** The number of other signs in a scene. Default 20. */
  readonly distractors?: number | undefined;
  /** Whether the other signs include the targets' families (other speed limits). Default false. */
  readonly sisters?: boolean | undefined;
  /** Width and height of the signs, in pixels: from … to. Default [24, 64]. */
  readonly signSize?: readonly [number, number] | undefined;
  /** How much signs of one drawing differ. Defaults in `needleVariation`. */
  readonly variation?: Partial<SignVariation> | undefined;
  /**
   * What is new in validation and test: the scenes only, or the designs of the targets too. Default "designs" if every
   * target has the three that this takes, else "scenes".
   */
  readonly heldOut?: "scenes" | "designs" | undefined;
  /** The number of scenes in each split. Default { train: 256, validation: 64, test: 64 }. */
  readonly scenes?: SplitCounts | undefined;
  /** Changes every scene; the classes stay. Default 0. */
  readonly seed?: number | undefined;
}

/** Large images of which one sign decides the class, among other signs. */
export interface NeedleSigns {
  readonly name: string;
  /** "none" first, then the names of the targets. */
  readonly classes: readonly string[];
  readonly heldOut: "scenes" | "designs";
  readonly train: readonly Scene[];
  /** For choosing: settings, the epoch to stop at. */
  readonly validation: readonly Scene[];
  /** For the result, once. */
  readonly test: readonly Scene[];
  /** The sources to credit wherever the images are shown. */
  readonly attribution: readonly Source[];
}

/** Default variation of signs in scenes: turned and tilted a little, in any light. */
export const needleVariation: SignVariation = { rotation: 10, tilt: 30, light: 0.2 };

const resolveNeedleSigns = ({ side = 1500, ...config }: NeedleSignsConfig) => ({
  width: config.width ?? side,
  height: config.height ?? side,
  targets: config.targets ?? [20, 30, 40].map((limit) => `regulatory--maximum-speed-limit-${limit}`),
  distractors: config.distractors ?? 20,
  sisters: config.sisters ?? false,
  signSize: config.signSize ?? ([24, 64] as const),
  variation: { ...needleVariation, ...config.variation },
  heldOut: config.heldOut,
  scenes: {
    train: config.scenes?.train ?? 256,
    validation: config.scenes?.validation ?? 64,
    test: config.scenes?.test ?? 64,
  },
  seed: config.seed ?? 0,
});

type Resolved = ReturnType<typeof resolveNeedleSigns>;

/**
 * Scenes with at most one target sign each, the needle, among signs of other meanings, on a quilt of photographs of the
 * Earth. The label is which target it is, or "none": then there is one more other sign, so that their number tells
 * nothing. Labels come in turn. A needle's size and place are drawn uniformly, as all other signs' are; no sign touches
 * another.
 *
 * No other sign says what a target says in other words: meanings that end on the same word (a plate "trucks 30") are
 * left out.
 *
 * Ref: the task follows Katharopoulos & Fleuret 2019, arXiv:1905.03711 (speed limits).
 *
 * @throws RangeError for a target that is none, comes twice or has too few designs, a size or number that is no
 * positive integer, a variation outside of its range, or signs that would fill more than a quarter of the scene
 */
export async function needleSigns(config: NeedleSignsConfig = {}): Promise<NeedleSigns> {
  const resolved = resolveNeedleSigns(config);
  requireNumbers(resolved);
  const signs = await allSigns();
  const targets = targetsAmong(MAKER, signs, resolved.targets);
  const heldOut = heldOutOf(targets, resolved.heldOut);
  const others = othersOf(signs, targets, resolved.sisters);
  const cutoutsOf = cutouts(resolved.signSize[1]);
  const scenesOf = (split: Split) =>
    Array.from({ length: resolved.scenes[split] }, (_, index) => {
      const label = index % (targets.length + 1);
      const target = targets[label - 1];
      const random = rng(resolved.seed).split(MAKER, split, index);
      const designs = target && (heldOut === "designs" ? splitDesigns(target)[split] : target.designs);
      const needle = designs?.[random.split("needle").integer(designs.length)];
      return needleScene(`${split}/${index}`, label, { random, needle, others, cutoutsOf, resolved });
    });
  return {
    name: `needle-signs-${targets.length + 1}`,
    classes: ["none", ...targets.map(({ label }) => label)],
    heldOut,
    train: scenesOf("train"),
    validation: scenesOf("validation"),
    test: scenesOf("test"),
    attribution: creditsOf([SIGNS], { background: "photo" }),
  };
}

const MAKER = "needleSigns";
type Split = "train" | "validation" | "test";

interface SceneContents {
  readonly random: Rng;
  readonly needle: Design | undefined;
  readonly others: readonly Sign[];
  readonly cutoutsOf: ReturnType<typeof cutouts>;
  readonly resolved: Resolved;
}

function needleScene(id: string, label: number, { random, needle, others, cutoutsOf, resolved }: SceneContents): Scene {
  const { width, height, distractors, signSize, variation } = resolved;
  const [least, most] = signSize;
  const draw = (what: string, index: number, bound: number) => random.split(what, index).integer(bound);
  /** The needle, or what is in its place, and those after it. */
  const firstSigns = (count: number): Layer[] => {
    const sizes = Array.from({ length: count }, (_, index) => least + draw("size", index, most - least + 1));
    const rooms = sizes.map((size) => roomFor(size, variation.rotation));
    return placed(random.split("place"), rooms, width, height).map((place, index) => {
      const { designs } = others[draw("meaning", index, others.length)]!;
      const { drawing } = (index === 0 && needle) || designs[draw("design", index, designs.length)]!;
      return signLayer(place, poseIn(random.split("pose", index), place, sizes[index]!, variation), drawing, cutoutsOf);
    });
  };
  return sceneOf({
    ...{ id, label, width, height },
    ...(needle && { group: needle.name }),
    targets: needle ? firstSigns(1).map(({ place }) => boxOf(place)) : [],
    coarsest: COARSEST,
    painter: async () => layered(await quilt(random.split("quilt")), firstSigns(distractors + 1)),
  });
}

function requireNumbers({ width, height, distractors, signSize, variation, scenes }: Resolved): void {
  requireCounts(MAKER, { width, height });
  requireCounts(MAKER, { distractors }, 0);
  requireCounts(MAKER, { "signSize[0]": signSize[0] }, 4);
  requireCounts(MAKER, { "signSize[1]": signSize[1] }, signSize[0]);
  requireVariation(MAKER, { ...variation, scale: [1, 1], shift: 0, blur: 0, background: "photo" });
  for (const [split, count] of Object.entries(scenes)) requireCounts(MAKER, { [`scenes.${split}`]: count });
  const room = roomFor(signSize[1], variation.rotation);
  const filled = (distractors + 1) * room ** 2;
  if (Math.min(width, height) < room || filled > FULL * width * height)
    refuse(
      MAKER,
      `${distractors + 1} signs of up to ${room} pixels must fill at most a quarter of the scene`,
      `${width} × ${height} pixels`,
    );
}

/** One design each is for validation and for the test. */
const DESIGNS = 3;

function heldOutOf(targets: readonly Sign[], asked: NeedleSignsConfig["heldOut"]) {
  const short = targets.find(({ designs }) => designs.length < DESIGNS);
  const heldOut = asked ?? (short ? "scenes" : "designs");
  requireOneOf(MAKER, { heldOut }, ["scenes", "designs"]);
  if (heldOut === "designs" && short)
    refuse(
      MAKER,
      `\`heldOut: "designs"\` takes targets of at least ${DESIGNS} designs`,
      `${short.designs.length} of ${short.slug}`,
    );
  return heldOut;
}
