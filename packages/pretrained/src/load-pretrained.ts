import * as tf from "@tensorflow/tfjs-core";
import { loadWeights, weightsOf, type Module, type Weights } from "@fovea/nn";
import { adapt } from "./adapt.js";
import { inClassifier, inLastLayer, matchNames } from "./names/match-names.js";
import type { PretrainedWeights } from "./pretrained-weights.js";

/** What may differ between a module and the weights it gets. */
export interface LoadPretrainedOptions {
  /**
   * Whether the module is a part of the published network, such as an encoder that ends early: tensors that it has no
   * weight for are then left out, and listed as `unused`. Default false: they are an error, except those of a
   * classifier for a module that has none.
   */
  readonly partial?: boolean;
  /**
   * Prefixes of weights of the module that keep their initial values, such as `["projection."]`. Default: none but the
   * last layer of the classifier, where its number of classes is another.
   */
  readonly fresh?: readonly string[];
  /**
   * Maps a published name to a name of the module; undefined leaves it out. Default: timm's and torchvision's names.
   */
  readonly rename?: (key: string) => string | undefined;
}

/** What `loadPretrained` did. Names are the module's, except those in `unused`. */
export interface LoadPretrainedReport {
  /** Weights that have the published values. */
  readonly loaded: readonly string[];
  /** Weights that keep their initial values. */
  readonly fresh: readonly string[];
  /** Loaded weights that were changed for images of another number of channels. */
  readonly adapted: readonly string[];
  /** Published tensors that the module has no weight for. */
  readonly unused: readonly string[];
}

/**
 * Loads published weights into a module, by name. The names of torchvision and timm (ResNet, MobileNetV2, VGG) and of
 * Keras (MobileNetV2) are known. Two differences are adapted, as timm does:
 *
 * - images of another number of channels: the first kernel is summed (one channel) or repeated (n channels);
 * - another number of classes: the last layer keeps its initial values, and is to be trained.
 *
 * Every other difference is an error, and then nothing is loaded.
 *
 * @throws RangeError that names what is missing, what is unexpected, and whose shapes differ
 */
export function loadPretrained(
  module: Pick<Module, "params" | "buffers">,
  weights: PretrainedWeights,
  { partial = false, fresh: prefixes = [], rename }: LoadPretrainedOptions = {},
): LoadPretrainedReport {
  const own = weightsOf(module);
  const published = Object.keys(weights.tensors).filter((key) => !COUNTER.test(key));
  const nameOf = rename ?? matchNames(Object.keys(own), published);
  const otherClasses = hasOtherClasses(own, weights, published, nameOf);
  const isFresh = (key: string) =>
    (otherClasses && inLastLayer(key)) || prefixes.some((prefix) => key.startsWith(prefix));
  const sources = published.filter((source) => {
    const key = nameOf(source);
    return key !== undefined && Object.hasOwn(own, key) && !isFresh(key);
  });
  const found = new Set(sources.map(nameOf));
  const unused = published.filter((source) => !sources.includes(source));
  requireFit(weights, {
    missing: Object.keys(own).filter((key) => !found.has(key) && !isFresh(key)),
    unexpected: partial ? [] : unused.filter((source) => isUnexpected(nameOf(source), own)),
  });
  const adapted = loadNamed(module, weights, sources, nameOf as (key: string) => string);
  return { loaded: sources.map((source) => nameOf(source)!), fresh: Object.keys(own).filter(isFresh), adapted, unused };
}

/** Loads the tensors of these published names. @returns the weights for images of another number of channels */
function loadNamed(
  module: Pick<Module, "params" | "buffers">,
  { name, tensors, layout }: PretrainedWeights,
  sources: readonly string[],
  nameOf: (key: string) => string,
): string[] {
  const own = weightsOf(module);
  const adapted: string[] = [];
  tf.tidy(() => {
    const fitting = sources.map((source) => {
      const [tensor, weight] = [tensors[source]!, own[nameOf(source)]!];
      const fit = adapt(tensor, weight.shape, layout);
      if (fit !== tensor && weight.rank === 4) adapted.push(nameOf(source));
      return [source, fit] as const;
    });
    try {
      loadWeights(module, Object.fromEntries(fitting), { from: layout, rename: nameOf, strict: false });
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RangeError(`loadPretrained: ${name}: ${cause.message}`, { cause });
    }
  });
  return adapted;
}

/** The number of batches that PyTorch's batch norms have seen, which is no weight. */
const COUNTER = /(^|\.)num_batches_tracked$/;

type NameOf = (key: string) => string | undefined;

/** Whether the last layer of the classifier is for another number of classes than the published one. */
function hasOtherClasses(
  own: Weights,
  { tensors, layout }: PretrainedWeights,
  published: readonly string[],
  nameOf: NameOf,
): boolean {
  return published.some((source) => {
    const key = nameOf(source);
    const weight = key !== undefined && inLastLayer(key) ? own[key] : undefined;
    if (weight?.rank !== 2) return false;
    const { shape } = tensors[source]!;
    return (layout === "pytorch" ? shape[0] : shape.at(-1)) !== weight.shape[1];
  });
}

/** Only a module without a classifier may lack that of the file. */
const isUnexpected = (key: string | undefined, own: Weights): boolean =>
  key !== undefined && !Object.hasOwn(own, key) && (!inClassifier(key) || Object.keys(own).some(inClassifier));

interface Misfits {
  /** Names of the module. */
  readonly missing: readonly string[];
  /** Published names. */
  readonly unexpected: readonly string[];
}

function requireFit(weights: PretrainedWeights, { missing, unexpected }: Misfits): void {
  if (missing.length + unexpected.length === 0) return;
  const problems = [
    ...(missing.length > 0 ? [`it lacks ${listed(missing)} of the module`] : []),
    ...(unexpected.length > 0 ? [`the module lacks ${listed(unexpected)} of it`] : []),
  ];
  const { name, architecture } = weights;
  const network = architecture ? `, a ${architecture},` : "";
  throw new RangeError(
    `loadPretrained: nothing was loaded: ${name}${network} does not fit the module: ${problems.join("; ")}.${hint(missing, unexpected)}`,
  );
}

function hint(missing: readonly string[], unexpected: readonly string[]): string {
  if (missing.length === 0) return " For a module that is a part of the network, say `partial: true`.";
  if (unexpected.length === 0) return " Weights that shall keep their initial values are named by `fresh`.";
  return " It may be another network, or have another library's names, which `rename` translates.";
}

/** The first few names, and how many more there are. */
const listed = (names: readonly string[], most = 4): string =>
  names
    .slice(0, most)
    .map((name) => `\`${name}\``)
    .join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
