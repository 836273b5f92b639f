import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, trainingContext, type Context } from "../context.js";
import { weightsOf, type Module, type Weights } from "../module.js";
import { rng } from "../random.js";
import { assertClose } from "./close.js";
import { assertGradient } from "./gradient.js";
import { assertRestores, assertSharesNothing } from "./instances.js";
import { assertNoLeak } from "./leak.js";
import type { ModuleContractOptions } from "./module-contract-options.js";
import { assertParamGradient } from "./param-gradient.js";

type Options<M extends Module> = ModuleContractOptions<M>;

const training = (): Context => trainingContext(rng(1));

/** The contexts of a pass in training and in inference, new for every pass. */
export const contexts = [training, () => inferenceContext()] as const;

export function hasTrueInputGradient<M extends Module>(
  { forward, gradient }: Options<M>,
  module: M,
  x: tf.Tensor,
  context: () => Context,
): void {
  assertGradient((x) => forward(module, x!, context()), [x], gradient);
}

export function hasTrueParamGradients<M extends Module>(
  { forward, gradient }: Options<M>,
  module: M,
  x: tf.Tensor,
  context: () => Context,
): void {
  if (Object.keys(module.params).length > 0) assertParamGradient(module, () => forward(module, x, context()), gradient);
}

export function declaresWhatItLearns<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  const own = tf.variable(x); // there must be one that gets a gradient
  try {
    const { grads } = tf.variableGrads(() => tf.sum(forward(module, own, training()))); // of every variable there is
    const declared = new Set([own, ...Object.values(module.params)].map(({ name }) => name));
    const hidden = Object.keys(grads).filter((name) => !declared.has(name)).length;
    if (hidden > 0) throw new Error(`${hidden} variables that get a gradient are missing in \`params\`.`);
  } finally {
    own.dispose();
  }
}

export function repeats<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  assertClose(forward(module, x, training()), forward(module, x, training()), 0);
}

export function forgetsEarlierCalls<M extends Module>({ make, forward }: Options<M>, module: M, x: tf.Tensor): void {
  forward(module, tf.slice(x, 0, 1), inferenceContext());
  if (Object.keys(module.buffers).length === 0) forward(module, x, training()); // else training moves them
  const fresh = make();
  try {
    assertClose(forward(module, x, inferenceContext()), forward(fresh, x, inferenceContext()));
  } finally {
    fresh.dispose();
  }
}

export function treatsSamplesOneByOne<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  const [first, together] = [tf.slice(x, 0, 1), forward(module, x, inferenceContext())];
  assertClose(forward(module, first, inferenceContext()), tf.slice(together, 0, 1), 1e-4);
}

export function isFinite<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  for (const context of contexts)
    if (!forward(module, x, context()).dataSync().every(Number.isFinite))
      throw new Error("expected finite numbers, got NaN or infinity.");
}

export function leavesInputAlone<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  const before = x.dataSync().slice();
  for (const context of contexts) {
    forward(module, x, context()).dispose();
    if (x.isDisposed) throw new Error("the input is disposed with the output, or by `forward`.");
  }
  assertClose(x, before, 0);
}

export function leavesWeightsAlone<M extends Module>({ forward }: Options<M>, module: M, x: tf.Tensor): void {
  assertUnchanged(weightsOf(module), () => forward(module, x, inferenceContext()));
  assertUnchanged(module.params, () => forward(module, x, training()));
}

function assertUnchanged(weights: Weights, run: () => tf.Tensor): void {
  const before = Object.values(weights).map((weight) => weight.dataSync().slice());
  run();
  Object.entries(weights).forEach(([key, weight], i) => {
    if (weight.dataSync().some((value, k) => value !== before[i]![k]))
      throw new Error(`\`forward\` changes the weight \`${key}\`.`);
  });
}

export function leavesNothingBehind<M extends Module>({ make, forward }: Options<M>, module: M, x: tf.Tensor): void {
  assertNoLeak(() => make().dispose());
  for (const context of contexts) assertNoLeak(() => forward(module, x, context()));
  assertNoLeak(() => tf.grad((x) => forward(module, x, training()))(x));
}

export const sharesNothing = <M extends Module>({ make, forward }: Options<M>, _: M, x: tf.Tensor): void =>
  assertSharesNothing({ make, run: (module) => forward(module, x, inferenceContext()) });

export const restoresFromWeights = <M extends Module>({ make, forward }: Options<M>, _: M, x: tf.Tensor): void =>
  assertRestores({ make, run: (module) => forward(module, x, inferenceContext()) });
