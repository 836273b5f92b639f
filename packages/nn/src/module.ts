import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "./context.js";

/** Variables by name. The names are the keys of a checkpoint. */
export type Weights = Readonly<Record<string, tf.Variable>>;

/**
 * Anything with weights. Made by a factory from a plain-JSON config, which is validated before anything is allocated.
 *
 * `params` are what training moves (or, frozen, could move); `buffers` are statistics that a forward pass in training
 * mode updates and no gradient ever reaches, such as a batch norm's running mean. Both are saved.
 */
export interface Module {
  readonly params: Weights;
  readonly buffers: Weights;
  dispose(): void;
}

/** A module from one tensor to one tensor. Never disposes its input. */
export interface Layer extends Module {
  forward(x: tf.Tensor, ctx: Context): tf.Tensor;
}

/**
 * The three members of a `Module`, from its variables. `dispose` frees every one.
 *
 * @throws RangeError if a param and a buffer have one name
 */
export function moduleOf(params: Weights, buffers: Weights = {}): Module {
  return {
    ...mergeWeights("moduleOf", [{ params, buffers }]),
    dispose: () => tf.dispose([Object.values(params), Object.values(buffers)]),
  };
}

/** What of a module is saved. */
type WeightsByKind = Pick<Module, "params" | "buffers">;

/**
 * The params and the buffers of several parts as one record each.
 *
 * @param who - speaks in errors
 * @throws RangeError if two weights have one name, of whichever kind: one would be lost, to training or to checkpoints
 */
export function mergeWeights(who: string, parts: readonly Partial<WeightsByKind>[]): WeightsByKind {
  const all = new Map<string, tf.Variable>();
  const merge = (kind: keyof WeightsByKind): Weights => {
    const entries = parts.flatMap((part) => Object.entries(part[kind] ?? {}));
    for (const [key, variable] of entries) {
      if ((all.get(key) ?? variable) !== variable)
        throw new RangeError(`${who}: expected every weight under a name of its own, got two called \`${key}\`.`);
      all.set(key, variable);
    }
    return Object.fromEntries(entries);
  };
  return { params: merge("params"), buffers: merge("buffers") };
}

/**
 * A module's weights with its parts' weights under `name.` each, or under their own names where `name` is empty;
 * `dispose` disposes the parts. Undefined parts are skipped.
 *
 * @throws RangeError if two weights have one name
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

/** Everything of a module that is saved: params and buffers. */
export const weightsOf = (module: WeightsByKind): Weights => ({
  ...module.params,
  ...module.buffers,
});

/**
 * How many numbers training moves: the sum of the sizes of `params`. Buffers do not count, as in every published
 * table.
 */
export const countParams = (module: Pick<Module, "params">): number =>
  Object.values(module.params).reduce((sum, variable) => sum + variable.size, 0);

/** The params an optimizer should move: those not frozen. */
export const trainableParams = (module: Pick<Module, "params">): Weights =>
  Object.fromEntries(Object.entries(module.params).filter(([, variable]) => variable.trainable));

/**
 * Stops training of every param whose name starts with `prefix` (default: all).
 * A normalization layer whose scale is frozen also stops updating, and uses, its running statistics.
 *
 * @throws RangeError if no param has that prefix
 */
export const freeze = (module: Pick<Module, "params">, prefix = ""): void =>
  setTrainable("freeze", module, prefix, false);

/** Undoes `freeze`. @throws RangeError if no param has that prefix */
export const unfreeze = (module: Pick<Module, "params">, prefix = ""): void =>
  setTrainable("unfreeze", module, prefix, true);

function setTrainable(who: string, module: Pick<Module, "params">, prefix: string, trainable: boolean): void {
  const names = Object.keys(module.params);
  const hits = names.filter((name) => name.startsWith(prefix));
  if (hits.length === 0)
    throw new RangeError(`${who}: no param starts with \`${prefix}\`; there are ${names.slice(0, 5).join(", ")}, …`);
  for (const name of hits) module.params[name]!.trainable = trainable;
}
