import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, trainingContext, type Context } from "../context.js";
import type { Module } from "../module.js";
import { rng } from "../random.js";
import { assertClose } from "./close.js";
import { assertGradient, type GradientCheckOptions } from "./gradient.js";
import { assertNoLeak } from "./leak.js";
import { assertParamGradient } from "./param-gradient.js";

/** One check, for any test runner: `for (const { name, run } of checks) it(name, run)`. */
export interface Check {
  /** What is checked, as the name of a test. */
  readonly name: string;
  /** Throws an Error that says what is wrong. */
  run(): void;
}

/** The module that `moduleContract` checks. */
export interface ModuleContractOptions<M extends Module> {
  /** Makes a new module; called for every check. */
  readonly make: () => M;
  /** Makes a new float input, [batch, ...], around which the module is smooth. */
  readonly input: () => tf.Tensor;
  /** Runs the module and returns its output, [batch, ...], or one of its outputs if it has several. */
  readonly forward: (module: M, x: tf.Tensor, ctx: Context) => tf.Tensor;
  /** How accurately gradients are compared with finite differences. Default: see `GradientCheckOptions`. */
  readonly gradient?: GradientCheckOptions;
}

/**
 * Checks what every module promises: it has right gradients for its input and every param, in training and in
 * inference; the same context gives the same numbers; in inference a sample does not depend on the others of its batch;
 * all numbers are finite; its input is neither changed nor disposed; no tensor leaks.
 */
export function moduleContract<M extends Module>(options: ModuleContractOptions<M>): readonly Check[] {
  const { forward, gradient } = options;
  const training = () => trainingContext(rng(1));
  const check = (name: string, run: (module: M, x: tf.Tensor) => void): Check => ({
    name,
    run: () => withModule(options, run),
  });
  return [
    ...[training, inferenceContext].flatMap((context) => [
      check(
        `has the gradient of finite differences for its input (${context().training ? "training" : "inference"})`,
        (module, x) => assertGradient((x) => forward(module, x!, context()), [x], gradient),
      ),
      check(`has it for every param (${context().training ? "training" : "inference"})`, (module, x) => {
        if (Object.keys(module.params).length > 0)
          assertParamGradient(module, () => forward(module, x, context()), gradient);
      }),
    ]),
    check("gives the same numbers in the same context", (module, x) =>
      assertClose(forward(module, x, training()), forward(module, x, training()), 0),
    ),
    check("treats samples one by one in inference", (module, x) => {
      const [first, together] = [tf.slice(x, 0, 1), forward(module, x, inferenceContext())];
      assertClose(forward(module, first, inferenceContext()), tf.slice(together, 0, 1), 1e-4);
    }),
    check("gives finite numbers", (module, x) => {
      for (const context of [training(), inferenceContext()])
        if (!forward(module, x, context).dataSync().every(Number.isFinite))
          throw new Error("moduleContract: expected finite numbers, got NaN or infinity.");
    }),
    check("leaves its input alone", (module, x) => {
      const before = x.dataSync().slice();
      for (const context of [training(), inferenceContext()]) {
        forward(module, x, context).dispose();
        if (x.isDisposed) throw new Error("moduleContract: the input is disposed with the output, or by `forward`.");
      }
      assertClose(x, before, 0);
    }),
    { name: "leaves no tensor behind", run: () => assertNothingLeaks(options) },
  ];
}

function withModule<M extends Module>(
  { make, input }: ModuleContractOptions<M>,
  run: (module: M, x: tf.Tensor) => void,
): void {
  const module = make();
  try {
    tf.tidy(() => run(module, input()));
  } finally {
    module.dispose();
  }
}

function assertNothingLeaks<M extends Module>({ make, input, forward }: ModuleContractOptions<M>): void {
  const x = input();
  assertNoLeak(() => make().dispose());
  const module = make();
  try {
    assertNoLeak(() => forward(module, x, inferenceContext()));
    assertNoLeak(() => forward(module, x, trainingContext(rng(1))));
    assertNoLeak(() => tf.grad((x) => forward(module, x, trainingContext(rng(1))))(x));
  } finally {
    module.dispose();
    x.dispose();
  }
}
