import { rng, type Rng } from "@fovea/nn";
import { fashionMnistSource, type Source } from "./attribution.js";
import { checksOf, type Checks } from "./checks.js";
import type { SideCounts } from "./fine-grained.js";
import { idxPictures, type IdxPictures } from "./scenes/idx.js";
import { layered, type Layer } from "./scenes/layers.js";
import { boxOf, FULL, placed, type Place } from "./scenes/place.js";
import { sceneOf, type Scene } from "./scenes/scene.js";
import { stroke } from "./scenes/strokes.js";

/** Plain JSON. */
export interface MegapixelDigitsConfig {
  /**
   * The folder of `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same of `t10k`, as they are or with
   * `.gz`. Default where Debian's `dataset-fashion-mnist` puts Fashion-MNIST.
   */
  readonly root?: string | undefined;
  /** What the labels 0, 1, … are called. Default the ten of Fashion-MNIST for the default `root`, else 0 … 9. */
  readonly classes?: readonly string[] | undefined;
  /** Width and height of the scenes, in pixels. Default 1,500. */
  readonly side?: number | undefined;
  /** Default `side`. */
  readonly width?: number | undefined;
  /** Default `side`. */
  readonly height?: number | undefined;
  /** How many pictures of its class a scene has. Default 3. */
  readonly targets?: number | undefined;
  /** How many pictures of other classes; fewer than `targets`. Default 2. */
  readonly others?: number | undefined;
  /** How many strokes of the same size, which mean nothing. Default 50. */
  readonly noise?: number | undefined;
  /** How many. Default { train: 1000, validation: 250, test: 250 }. */
  readonly scenes?: SideCounts | undefined;
  /** Changes every scene. Default 0. */
  readonly seed?: number | undefined;
}

/** Large scenes, black but for a few small pictures, most of which are of the scene's class. */
export interface MegapixelDigits {
  readonly name: string;
  readonly classes: readonly string[];
  readonly train: readonly Scene[];
  /** For choosing: settings, the epoch to stop at. */
  readonly validation: readonly Scene[];
  /** For the result, once. */
  readonly test: readonly Scene[];
  /** What must be credited wherever the pictures are shown; empty for a `root` of your own. */
  readonly attribution: readonly Source[];
}

const FASHION_MNIST = "/usr/share/datasets/fashion-mnist";
// as its README orders them
const GARMENTS = "T-shirt or top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(",");

const resolveMegapixelDigits = ({ side = 1500, root = FASHION_MNIST, ...config }: MegapixelDigitsConfig) => ({
  root,
  classes: config.classes ?? (root === FASHION_MNIST ? GARMENTS : [..."0123456789"]),
  width: config.width ?? side,
  height: config.height ?? side,
  targets: config.targets ?? 3,
  others: config.others ?? 2,
  noise: config.noise ?? 50,
  scenes: {
    train: config.scenes?.train ?? 1000,
    validation: config.scenes?.validation ?? 250,
    test: config.scenes?.test ?? 250,
  },
  seed: config.seed ?? 0,
});

type Resolved = ReturnType<typeof resolveMegapixelDigits>;

/**
 * Scenes of three pictures of one class, the label, two of others and fifty strokes, anywhere on black; labels come in
 * turn. The pictures of the train files are dealt: the first five of six to `train`, the last to `validation`; those of
 * t10k are the test's.
 *
 * Ref: the task follows "Megapixel MNIST" of Katharopoulos & Fleuret 2019, arXiv:1905.03711.
 *
 * @throws RangeError for a number that is not whole and positive, `others` not below `targets`, or pictures that would
 * fill more than a quarter of the scene; Error, naming the file, where `root` holds something else
 */
export async function megapixelDigits(config: MegapixelDigitsConfig = {}): Promise<MegapixelDigits> {
  const resolved = resolveMegapixelDigits(config);
  const { root, classes, scenes, seed } = resolved;
  const checks = checksOf(MAKER);
  checkNumbers(resolved, checks);
  const [all, t10k] = [await idxPictures(root, "train"), await idxPictures(root, "t10k")];
  checkRoom(resolved, all, checks);
  const learned = Math.floor((all.count * 5) / 6);
  const sides = {
    train: [all, 0, learned],
    validation: [all, learned, all.count],
    test: [t10k, 0, t10k.count],
  } as const;
  const scenesOf = (side: keyof typeof sides) => {
    const [pictures, from, end] = sides[side];
    const ofClass = classes.map((name, label) => {
      const found = Array.from({ length: end - from }, (_, i) => from + i).filter((i) => pictures.labels[i] === label);
      return found.length > 0
        ? found
        : checks.fail(`${root} must have pictures of every class for ${side}`, `none of ${name}`);
    });
    return Array.from({ length: scenes[side] }, (_, index) => {
      const random = rng(seed).split(MAKER, side, index);
      return digitScene(`${side}/${index}`, index % classes.length, random, { pictures, ofClass, resolved });
    });
  };
  return {
    name: `megapixel-digits-${classes.length}`,
    classes,
    train: scenesOf("train"),
    validation: scenesOf("validation"),
    test: scenesOf("test"),
    attribution: root === FASHION_MNIST ? [fashionMnistSource] : [],
  };
}

const MAKER = "megapixelDigits";

interface Contents {
  readonly pictures: IdxPictures;
  /** Positions of the pictures of each class. */
  readonly ofClass: readonly (readonly number[])[];
  readonly resolved: Resolved;
}

function digitScene(id: string, label: number, random: Rng, { pictures, ofClass, resolved }: Contents): Scene {
  const { width, height, targets, others, noise } = resolved;
  const size = Math.max(pictures.width, pictures.height);
  const draw = (what: string, index: number, bound: number) => random.split(what, index).integer(bound);
  const places = (count: number) => placed(random.split("place"), Array<number>(count).fill(size), width, height);
  const greys = (index: number) => {
    if (index >= targets + others) return stroke(random.split("stroke", index), size);
    const other = (label + 1 + draw("class", index, ofClass.length - 1)) % ofClass.length;
    const candidates = ofClass[index < targets ? label : other]!;
    return pictureAt(pictures, candidates[draw("picture", index, candidates.length)]!, size);
  };
  const painter = () => {
    const layers = places(targets + others + noise).map((place, index) => glowing(place, () => greys(index)));
    return Promise.resolve(layered((_, region) => new Uint8Array(region.width * region.height * 3), layers));
  };
  return sceneOf({ id, label, width, height, targets: places(targets).map(boxOf), coarsest: COARSEST, painter });
}

/** Black can be painted at any level; this is as far as scenes of signs go. */
const COARSEST = 5;

/** Grey as light: white, as opaque as the grey is bright. */
const glowing = (place: Place, greys: () => Uint8Array): Layer => ({
  place,
  pixels: () => {
    const values = greys();
    return Promise.resolve(Float64Array.from({ length: 4 * values.length }, (_, i) => values[i >> 2]!));
  },
});

function pictureAt({ width, height, data }: IdxPictures, index: number, size: number): Uint8Array {
  const square = new Uint8Array(size * size);
  for (let row = 0; row < height; row++)
    square.set(data.subarray((index * height + row) * width, (index * height + row + 1) * width), row * size);
  return square;
}

function checkNumbers({ classes, width, height, targets, others, noise, scenes }: Resolved, checks: Checks): void {
  checks.whole("classes.length", classes.length, 2);
  checks.whole("width", width);
  checks.whole("height", height);
  checks.whole("targets", targets);
  checks.whole("others", others, 0);
  checks.whole("noise", noise, 0);
  if (others >= targets)
    checks.fail("`others` must be below `targets`, or the class would not be the most frequent", others);
  for (const [side, count] of Object.entries(scenes)) checks.whole(`scenes.${side}`, count);
}

function checkRoom({ width, height, targets, others, noise }: Resolved, pictures: IdxPictures, checks: Checks): void {
  const size = Math.max(pictures.width, pictures.height);
  const count = targets + others + noise;
  if (Math.min(width, height) < size || count * size ** 2 > FULL * width * height)
    checks.fail(
      `${count} pictures of ${size} pixels must fill at most a quarter of the scene`,
      `${width} × ${height} pixels`,
    );
}
