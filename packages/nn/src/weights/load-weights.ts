import * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Module, type Weights } from "../module.js";
import { fitPytorch, fitShape } from "./layouts.js";

/** How the tensors of a checkpoint map to the weights of a module. */
export interface LoadWeightsOptions {
  /**
   * The library that the tensors come from. With "pytorch", convolution kernels [out, in, height, width], depthwise
   * kernels [channels · multiplier, 1, height, width] and linear weights [out, in] are transposed, and
   * `num_batches_tracked` is ignored. Default "fovea".
   */
  readonly from?: "fovea" | "pytorch";
  /** Maps a key of the checkpoint to a key of the module; undefined leaves the tensor out. Default: the same key. */
  readonly rename?: (key: string) => string | undefined;
  /** Whether missing and unexpected keys are errors. Shapes must fit in any case. Default true. */
  readonly strict?: boolean;
}

/** The result of `loadWeights`. Keys are those of the module; only `unexpected` has keys of the checkpoint. */
export interface LoadWeightsReport {
  /** Weights that have new values. */
  readonly loaded: readonly string[];
  /** Weights that are not in the checkpoint; they keep their values. */
  readonly missing: readonly string[];
  /** Tensors of the checkpoint that are not in the module. */
  readonly unexpected: readonly string[];
  /** Loaded weights whose axes were transposed or dropped. */
  readonly reshaped: readonly string[];
}

/**
 * Copies the tensors of a checkpoint into the params and buffers of a module, by name. Everything is checked first: if
 * it fails, the module is unchanged. The tensors are not disposed.
 *
 * @throws RangeError that lists every missing and unexpected key (if strict), every shape or dtype that does not fit,
 * and every key that two tensors have; it gives a hint if the tensors look like PyTorch's and `from` is not "pytorch"
 */
export function loadWeights(
  module: Pick<Module, "params" | "buffers">,
  tensors: Readonly<Record<string, tf.Tensor>>,
  { from = "fovea", rename = (key) => key, strict = true }: LoadWeightsOptions = {},
): LoadWeightsReport {
  const weights = weightsOf(module);
  const sources = Object.keys(tensors).filter((key) => from !== "pytorch" || !COUNTER.test(key));
  const { pairs, unexpected, clashes } = match(weights, sources, rename);
  const missing = Object.keys(weights).filter((key) => !pairs.has(key));
  const reshaped: string[] = [];
  tf.tidy(() => {
    const problems = [...clashes];
    if (strict) problems.push(...missing.map((key) => `missing \`${key}\``));
    if (strict) problems.push(...unexpected.map((key) => `unexpected \`${key}\``));
    const values = [...pairs].map(([key, source]) => {
      const [given, weight] = [tensors[source]!, weights[key]!];
      const value = from === "pytorch" ? fitPytorch(given, weight.shape, key) : fitShape(given, weight.shape);
      if (value?.dtype !== weight.dtype) problems.push(`${key}: expected ${show(weight)}, got ${show(given)}`);
      if (value !== given) reshaped.push(key);
      return [weight, value] as const;
    });
    if (problems.length > 0) {
      const misfits = [...pairs].filter((_, i) => !values[i]![1]);
      const hint = from === "pytorch" ? "" : pytorchHint(weights, tensors, misfits, unexpected);
      throw new RangeError(`loadWeights: nothing was loaded: ${problems.join("; ")}.${hint}`);
    }
    // a clone, so that a module can even be loaded with its own weights
    for (const [weight, value] of values) weight.assign(tf.clone(value!));
  });
  return { loaded: [...pairs.keys()], missing, unexpected, reshaped };
}

interface Match {
  /** The key in the checkpoint for each key of the module. */
  readonly pairs: ReadonlyMap<string, string>;
  readonly unexpected: readonly string[];
  readonly clashes: readonly string[];
}

function match(weights: Weights, sources: readonly string[], rename: (key: string) => string | undefined): Match {
  const pairs = new Map<string, string>();
  const [unexpected, clashes]: [string[], string[]] = [[], []];
  for (const source of sources) {
    const key = rename(source);
    if (key === undefined) continue;
    if (!Object.hasOwn(weights, key)) unexpected.push(source);
    else if (pairs.has(key)) clashes.push(`\`${pairs.get(key)}\` and \`${source}\` both claim \`${key}\``);
    else pairs.set(key, source);
  }
  return { pairs, unexpected, clashes };
}

/** The number of batches that PyTorch's batch norms have seen, which no other library saves. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * A hint for tensors that cannot be loaded but look like PyTorch's: by a name that only PyTorch has, by a layout that
 * fits if it is transposed, or by kernels whose last two axes are a small square, [out, in, height, width].
 *
 * @param misfits - keys of the module and of the checkpoint whose shapes differ
 */
function pytorchHint(
  weights: Weights,
  tensors: Readonly<Record<string, tf.Tensor>>,
  misfits: readonly (readonly [key: string, source: string])[],
  unexpected: readonly string[],
): string {
  const transposed = misfits.find(([key, source]) => fitPytorch(tensors[source]!, weights[key]!.shape, key));
  const evidence =
    transposed?.[1] ?? unexpected.find((source) => COUNTER.test(source) || windowLast(tensors[source]!.shape));
  return evidence === undefined
    ? ""
    : ` \`${evidence}\` looks like PyTorch's; load its weights with \`from: "pytorch"\`.`;
}

/** Whether a kernel is [out, in, height, width]. One of [height, width, in, out] with in = out has larger last axes. */
const windowLast = ([a, b, height, width, ...more]: readonly number[]): boolean =>
  more.length === 0 && width !== undefined && height === width && a !== b && a! > height;

const show = ({ dtype, shape }: tf.Tensor): string => `${dtype} [${shape.join(", ")}]`;
