import { requireCounts, requireOneOf, rng, type Rng } from "@fovea/nn";
import { membersByClass } from "./collections.js";
import { drawDistinct } from "./draw.js";
import type { ImageSampler } from "./image-sampler.js";

/** How many classes and images a batch of `pkSampler` has. */
export interface PkSamplerOptions {
  /** Class of every image, in the order of the set. */
  readonly labels: ArrayLike<number>;
  /** P, the number of classes in a batch. */
  readonly classes: number;
  /** K, the number of images of each of these classes. */
  readonly images: number;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
  /**
   * What happens to a class with fewer than K images. `repeat`: all are taken, and some of them again. `skip`: the
   * class never comes. `error`: it is refused. Default "repeat".
   */
  readonly whenFew?: "repeat" | "skip" | "error";
}

/**
 * PK sampling for contrastive and triplet losses: every batch has P random classes and K different random images of
 * each, so that each image meets others of its class and of other classes. All classes come equally often, however many
 * images they have. The images of a class stand next to one another.
 *
 * `stepsPerEpoch` is images / (P·K), rounded up: as many steps as a pass over the set would take, but the draws of
 * different steps are independent, so not every image comes in every epoch.
 *
 * Ref: Hermans et al. 2017, "In Defense of the Triplet Loss for Person Re-Identification", arXiv:1703.07737, section 2.
 *
 * @throws RangeError for no labels, a negative label, counts below 1, or fewer than P classes to draw from
 */
export function pkSampler(options: PkSamplerOptions): ImageSampler {
  const who = "pkSampler";
  const { labels, classes, images, seed = 0, whenFew = "repeat" } = options;
  requireCounts(who, { classes, images });
  requireOneOf(who, { whenFew }, ["repeat", "skip", "error"]);
  const all = [...membersByClass(who, labels)];
  const few = all.find(([, members]) => members.length < images);
  if (whenFew === "error" && few)
    throw new RangeError(
      `${who}: class ${few[0]} has ${few[1].length} images, fewer than the ${images} of \`images\`.`,
    );
  const pool = whenFew === "skip" ? all.filter(([, members]) => members.length >= images) : all;
  if (pool.length < classes)
    throw new RangeError(
      `${who}: \`classes\` is ${classes}, but there are ${pool.length} classes` +
        (whenFew === "skip" ? ` with at least ${images} images.` : "."),
    );

  const drawn = pool.reduce((sum, [, members]) => sum + members.length, 0);
  const random = rng(seed).split(who);
  const sample = (step: number) => {
    requireCounts(who, { step }, 0);
    const draw = random.split("step", step);
    const rows = drawDistinct(draw.split("classes"), pool.length, classes).map((at) => {
      const [label, members] = pool[at]!;
      return { label, indices: imagesOf(members, images, draw.split("images", label)) };
    });
    return {
      indices: rows.flatMap(({ indices }) => indices),
      labels: Int32Array.from(rows.flatMap(({ label }) => Array<number>(images).fill(label))),
    };
  };
  return { stepsPerEpoch: Math.ceil(drawn / (classes * images)), sample };
}

/** `count` different members; of fewer members all, and then some again. */
function imagesOf(members: readonly number[], count: number, random: Rng): number[] {
  const rounds = Array.from({ length: Math.ceil(count / members.length) }, (_, round) =>
    drawDistinct(random.split(round), members.length, Math.min(members.length, count - round * members.length)),
  );
  return rounds.flat().map((at) => members[at]!);
}
