import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "./context.js";

/** Variables by name. The names are the keys in a checkpoint. */
export type Weights = Readonly<Record<string, tf.Variable>>;

/**
 * A part of a network with weights. A function makes it from a plain-JSON config and checks the config before anything
 * is allocated.
 *
 * As in PyTorch, an optimizer updates `params` (unless they are frozen), and a forward pass in training updates
 * `buffers`, such as a batch norm's running mean, which have no gradient. Both are saved in checkpoints.
 */
export interface Module {
  /** Variables that training updates, unless they are frozen. */
  readonly params: Weights;
  /** Variables that are saved but have no gradient, such as running statistics. */
  readonly buffers: Weights;
  /** Frees all variables. */
  dispose(): void;
}

/** A module that maps one tensor to one tensor. It never disposes its input. */
export interface Layer extends Module {
  /** Computes the output. The caller disposes it. */
  forward(x: tf.Tensor, ctx: Context): tf.Tensor;
}

/**
 * Makes a `Module` from its variables; `dispose` frees all of them.
 *
 * @throws RangeError if a param and a buffer have one name
 */
export function moduleOf(params: Weights, buffers: Weights = {}): Module {
  return {
    ...mergeWeights("moduleOf", [{ params, buffers }]),
    dispose: () => tf.dispose([Object.values(params), Object.values(buffers)]),
  };
}

/** The weights of a module that are saved. */
type WeightsByKind = Pick<Module, "params" | "buffers">;

/**
 * Merges the params of several parts into one record, and their buffers into another.
 *
 * @param who - the caller's name, for error messages
 * @throws RangeError if two weights have the same name, since one of them would not be trained or saved
 */
export function mergeWeights(who: string, parts: readonly Partial<WeightsByKind>[]): WeightsByKind {
  const all = new Map<string, tf.Variable>();
  const merge = (kind: keyof WeightsByKind): Weights => {
    const entries = parts.flatMap((part) => Object.entries(part[kind] ?? {}));
    for (const [key, variable] of entries) {
      if ((all.get(key) ?? variable) !== variable)
        throw new RangeError(
          `${who}: expected a different name for every weight, got two weights with the name \`${key}\`.`,
        );
      all.set(key, variable);
    }
    return Object.fromEntries(entries);
  };
  return { params: merge("params"), buffers: merge("buffers") };
}

/**
 * Joins named parts into one module. The weights of a part are named `name.…`, or keep their names where `name` is
 * empty; `dispose` disposes every part. Undefined parts are skipped.
 *
 * @param separator - between the name of a part and the name of a weight. Default "."
 * @throws RangeError if two weights have the same name
 */
export function joinModules(parts: Readonly<Record<string, Module | undefined>>, separator = "."): Module {
  const present = Object.entries(parts).filter((part): part is [string, Module] => part[1] !== undefined);
  const named = present.map(([name, { params, buffers }]) => {
    const prefix = name === "" ? "" : name + separator;
    return { params: prefixed(params, prefix), buffers: prefixed(buffers, prefix) };
  });
  return {
    ...mergeWeights("joinModules", named),
    dispose: () => present.forEach(([, module]) => module.dispose()),
  };
}

const prefixed = (weights: Weights, prefix: string): Weights =>
  Object.fromEntries(Object.entries(weights).map(([key, variable]) => [prefix + key, variable]));

/** All weights of a module that are saved: params and buffers. */
export const weightsOf = (module: WeightsByKind): Weights => ({
  ...module.params,
  ...module.buffers,
});

/** The number of parameters: the sum of the sizes of `params`. Buffers do not count, as in published tables. */
export const countParams = (module: Pick<Module, "params">): number =>
  Object.values(module.params).reduce((sum, variable) => sum + variable.size, 0);

/** The params that an optimizer should update: all that are not frozen. */
export const trainableParams = (module: Pick<Module, "params">): Weights =>
  Object.fromEntries(Object.entries(module.params).filter(([, variable]) => variable.trainable));

/**
 * Freezes every param whose name starts with `prefix`: it is not trained any more. Default: all params. A batch norm
 * whose `weight` is frozen uses its running statistics, in training too, and does not update them.
 *
 * @throws RangeError if no param has that prefix
 */
export const freeze = (module: Pick<Module, "params">, prefix = ""): void =>
  setTrainable("freeze", module, prefix, false);

/** Makes frozen params trainable again: the inverse of `freeze`. @throws RangeError if no param has that prefix */
export const unfreeze = (module: Pick<Module, "params">, prefix = ""): void =>
  setTrainable("unfreeze", module, prefix, true);

function setTrainable(who: string, module: Pick<Module, "params">, prefix: string, trainable: boolean): void {
  const names = Object.keys(module.params);
  const hits = names.filter((name) => name.startsWith(prefix));
  if (hits.length === 0)
    throw new RangeError(`${who}: no param starts with \`${prefix}\`; there are ${names.slice(0, 5).join(", ")}, …`);
  for (const name of hits) module.params[name]!.trainable = trainable;
}
