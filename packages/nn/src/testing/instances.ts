import * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Module, type Weights } from "../module.js";
import { assertClose } from "./close.js";
import { perturbParams } from "./perturb-params.js";

/** Instances of one module, and what they compute. */
export interface Instances<M extends Module> {
  /** Makes a new instance, every time the same. */
  make(): M;
  /** Runs an instance on an input that is the same every time. */
  run(module: M): tf.Tensor;
}

/**
 * Throws unless instances are apart: they have no weight in common, and making, training or disposing one changes
 * nothing that another one computes.
 */
export function assertSharesNothing<M extends Module>({ make, run }: Instances<M>): void {
  using(make(), (kept) => {
    const before = numbers(run, kept);
    const assertSame = (what: string) => {
      if (!stillGives(run, kept, before))
        throw new Error(`assertSharesNothing: ${what} an instance changes another one.`);
    };
    using(make(), (other) => {
      const own = new Set(Object.values(weightsOf(kept)));
      const shared = Object.entries(weightsOf(other)).find(([, weight]) => own.has(weight));
      if (shared) throw new Error(`assertSharesNothing: two instances share the weight \`${shared[0]}\`.`);
      assertSame("making");
      perturbParams(other, 2);
      assertSame("training");
    });
    assertSame("disposing");
  });
}

/**
 * Throws unless a new instance computes the same as another one whose weights are copied into it by name, as from a
 * checkpoint.
 */
export function assertRestores<M extends Module>({ make, run }: Instances<M>): void {
  using(perturbParams(make(), 2), (saved) =>
    using(make(), (fresh) => {
      numbers(run, fresh); // whatever it remembers from here on must not outlive its weights
      copyWeights(weightsOf(saved), weightsOf(fresh));
      if (!stillGives(run, fresh, numbers(run, saved)))
        throw new Error("assertRestores: a new instance with the same weights computes something else.");
    }),
  );
}

function copyWeights(from: Weights, to: Weights): void {
  const [saved, expected] = [describe(from), describe(to)];
  if (saved !== expected)
    throw new Error(`assertRestores: a new instance has the weights ${expected} instead of ${saved}.`);
  for (const [key, weight] of Object.entries(to)) tf.tidy(() => weight.assign(tf.clone<tf.Tensor>(from[key]!)));
}

/** Names and shapes, in the order of the names. */
const describe = (weights: Weights): string =>
  Object.entries(weights)
    .map(([key, { shape }]) => `${key} [${shape.join(", ")}]`)
    .sort()
    .join(", ");

const numbers = <M>(run: (module: M) => tf.Tensor, module: M): ArrayLike<number> =>
  tf.tidy(() => run(module).dataSync().slice());

/** False also where it fails, since what it needs is gone. */
function stillGives<M>(run: (module: M) => tf.Tensor, module: M, expected: ArrayLike<number>): boolean {
  try {
    assertClose(numbers(run, module), expected, 1e-4);
    return true;
  } catch {
    return false;
  }
}

/** Disposes the module after use. */
function using<M extends Module>(module: M, use: (module: M) => void): void {
  try {
    use(module);
  } finally {
    module.dispose();
  }
}
