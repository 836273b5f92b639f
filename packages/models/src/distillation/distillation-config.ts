import type { PixelScope } from "@fovea/losses";
import { requireCounts, requireOneOf } from "@fovea/nn";

/** The factor of each term of `adaptivePerspectiveDistillation`, ≥ 0. A term with 0 is not computed. */
export interface DistillationWeights {
  /** Supervised: cross-entropy of the pixels, `pixelCrossEntropy`. Default 1. */
  readonly crossEntropy: number;
  /** Cross-entropy of the student's auxiliary head, if it has one. Default 0.4. */
  readonly auxiliary: number;
  /** The universal term: the teacher's prediction of each pixel, `pixelDistillation`. Default 10. */
  readonly pixel: number;
  /** The adaptive term: what is at each pixel, seen from the classes of its image, `adaptiveKL`. Default 10. */
  readonly adaptive: number;
  /** The student's class prototypes should be the teacher's, `prototypeAlignment`. Default 10. */
  readonly alignment: number;
  /** Trains the projection of the teacher's features, `prototypeCrossEntropy`. Default 1. */
  readonly projection: number;
  /** A rival, CWD: `channelDistillation` of the logits of cells; its authors take 3. Default 0. */
  readonly channel: number;
  /** A rival, SKD: `pairwiseDistillation` of the features; its authors take 1. Default 0. */
  readonly pairwise: number;
  /** A rival, IFVD: `intraClassDistillation` of the features; its authors take 200. Default 0. */
  readonly intraClass: number;
}

/** What `adaptivePerspectiveDistillation` is made from. Plain JSON. */
export interface DistillationConfig {
  /** The factor of each term. Default: those of the paper, and 0 for its rivals. */
  readonly weights?: Partial<DistillationWeights>;
  /** T of the universal term, > 0. Default 1. */
  readonly temperature?: number;
  /** Tₐ, the factor that makes logits of cosines to the prototypes, > 0. Default 10. */
  readonly scale?: number;
  /** T of CWD, > 0. Default 4. */
  readonly channelTemperature?: number;
  /**
   * Whether each image has prototypes of its own, as in the paper, or the batch shares them, as in the authors' code.
   * Default "image".
   */
  readonly scope?: PixelScope;
  /**
   * Whether divergences are averaged over pixels and classes, as in the authors' code, or over pixels. Default
   * "element".
   */
  readonly reduction?: "element" | "pixel";
  /**
   * What a class without a pixel is to the projection's term: a class with a cosine of 0, as in the authors' code, or
   * none. Default "zero".
   */
  readonly absent?: "zero" | "mask";
  /** Whether the divergences leave out pixels without a label. Default false, as in the authors' code. */
  readonly ignoreInKL?: boolean;
  /** The label of pixels that nobody labelled. Default 255. */
  readonly ignore?: number;
  /**
   * What happens if the teacher's map has other rows and columns than the student's. "same": it is an error. "resize":
   * it is resized to the student's, bilinearly, corners on corners; images must fit both strides. The pixel term
   * compares pixels of the images, and needs neither. Default "same".
   */
  readonly teacherMaps?: "same" | "resize";
  /** Channels of both projections. Default: those of the teacher's features. */
  readonly dim?: number;
  /** Seed of the initial weights of the projections. Default 0. */
  readonly seed?: number;
}

/** A config with its defaults. */
export type ResolvedDistillation = Required<Omit<DistillationConfig, "weights">> & {
  readonly weights: DistillationWeights;
};

const WEIGHTS: DistillationWeights = {
  crossEntropy: 1,
  auxiliary: 0.4,
  pixel: 10,
  adaptive: 10,
  alignment: 10,
  projection: 1,
  channel: 0,
  pairwise: 0,
  intraClass: 0,
};

const DEFAULTS = {
  temperature: 1,
  scale: 10,
  channelTemperature: 4,
  scope: "image",
  reduction: "element",
  absent: "zero",
  ignoreInKL: false,
  ignore: 255,
  teacherMaps: "same",
  seed: 0,
} as const;

/** @param dim - the default of the projections' channels. @throws RangeError for an option out of range */
export function resolveDistillation(who: string, config: DistillationConfig, dim: number): ResolvedDistillation {
  const weights = resolveWeights(who, config.weights ?? {});
  const resolved: ResolvedDistillation = { ...DEFAULTS, dim, ...config, weights };
  const { scope, reduction, absent, teacherMaps, temperature, scale, channelTemperature } = resolved;
  requireOneOf(who, { scope }, ["image", "batch"]);
  requireOneOf(who, { reduction }, ["element", "pixel"]);
  requireOneOf(who, { absent }, ["zero", "mask"]);
  requireOneOf(who, { teacherMaps }, ["same", "resize"]);
  for (const [name, value] of Object.entries({ temperature, scale, channelTemperature }))
    if (!(value > 0 && value < Infinity)) throw new RangeError(`${who}: expected \`${name}\` > 0, got ${value}.`);
  requireCounts(who, { dim: resolved.dim });
  return resolved;
}

function resolveWeights(who: string, given: Partial<DistillationWeights>): DistillationWeights {
  for (const [name, weight] of Object.entries(given)) {
    if (!(name in WEIGHTS))
      throw new RangeError(`${who}: \`weights\` has no \`${name}\`; there are ${Object.keys(WEIGHTS).join(", ")}.`);
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`${who}: expected \`weights.${name}\` ≥ 0, got ${weight}.`);
  }
  const all = { ...WEIGHTS, ...given };
  const weights = projects(all) ? all : { ...all, projection: 0 };
  if (Object.values(weights).every((weight) => weight === 0))
    throw new RangeError(`${who}: expected at least one of \`weights\` above 0, got none.`);
  return weights;
}

/** Whether terms compare prototypes, which are made of projected features. */
export const projects = ({ adaptive, alignment }: DistillationWeights): boolean => adaptive > 0 || alignment > 0;
