import * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Module, type Weights } from "../module.js";
import { fitPytorch, fitShape } from "./layouts.js";

/** How the names and layouts of a file map to those of a module. */
export interface LoadOptions {
  /**
   * Whose layouts the tensors have. `pytorch` turns convolutions from [out, in, height, width], depthwise kernels from
   * [channels · multiplier, 1, height, width] and linear weights from [out, in], and ignores `num_batches_tracked`.
   * Default "fovea".
   */
  readonly from?: "fovea" | "pytorch";
  /** The module's key for a key of the file; undefined leaves the tensor out. Default: the same key. */
  readonly rename?: (key: string) => string | undefined;
  /** Refuse missing and unexpected keys. Shapes must fit in any case. Default true. */
  readonly strict?: boolean;
}

/** What `loadWeights` did. Keys are the module's, those of `unexpected` the file's. */
export interface LoadReport {
  readonly loaded: readonly string[];
  /** Weights that the file does not have; they keep their values. */
  readonly missing: readonly string[];
  /** Tensors of the file that the module has no place for. */
  readonly unexpected: readonly string[];
  /** Loaded ones whose axes were turned or dropped on the way. */
  readonly reshaped: readonly string[];
}

/**
 * Copies tensors into a module's params and buffers by name. Everything is checked first: a load that fails leaves
 * the module as it was. The tensors stay the caller's.
 *
 * @throws RangeError that lists every missing and unexpected key (if strict), every shape or dtype that does not fit,
 * and every key that two tensors claim; it says so where they look like PyTorch's and `from` does not
 */
export function loadWeights(
  module: Pick<Module, "params" | "buffers">,
  tensors: Readonly<Record<string, tf.Tensor>>,
  { from = "fovea", rename = (key) => key, strict = true }: LoadOptions = {},
): LoadReport {
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
  /** The file's key for each of the module's. */
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

/** What PyTorch's batch norms count their batches with, and no one else. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * Says what to do where tensors that cannot be loaded are PyTorch's: by a name that only PyTorch has, by a layout
 * that fits if it is turned, or by kernels with a small square window last, [out, in, height, width].
 *
 * @param misfits - keys of the module and the file whose shapes differ
 */
function pytorchHint(
  weights: Weights,
  tensors: Readonly<Record<string, tf.Tensor>>,
  misfits: readonly (readonly [key: string, source: string])[],
  unexpected: readonly string[],
): string {
  const turned = misfits.find(([key, source]) => fitPytorch(tensors[source]!, weights[key]!.shape, key));
  const sign = turned?.[1] ?? unexpected.find((source) => COUNTER.test(source) || windowLast(tensors[source]!.shape));
  return sign === undefined ? "" : ` \`${sign}\` looks like PyTorch's; load its weights with \`from: "pytorch"\`.`;
}

/** Ours, [height, width, in, out], may look so if their window is not square and in = out, but then that is larger. */
const windowLast = ([a, b, height, width, ...more]: readonly number[]): boolean =>
  more.length === 0 && width !== undefined && height === width && a !== b && a! > height;

const show = ({ dtype, shape }: tf.Tensor): string => `${dtype} [${shape.join(", ")}]`;
