import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, trainingContext, type Context } from "../context.js";
import type { Module } from "../module.js";
import { rng } from "../random.js";
import { assertClose } from "./close.js";
import { assertGradient, type GradientOptions } from "./gradient.js";
import { assertNoLeak } from "./leak.js";
import { assertParamGradient } from "./param-gradient.js";

/** One promise, for any test runner: `for (const check of checks) it(check.name, check.run)`. */
export interface Check {
  readonly name: string;
  run(): void;
}

/** What `moduleContract` checks. */
export interface ModuleSubject<M extends Module> {
  /** A fresh module; called for every check. */
  readonly make: () => M;
  /** A fresh float input, [batch, ...], around which the module is smooth. */
  readonly input: () => tf.Tensor;
  /** One output, [batch, ...], where the module has several. */
  readonly forward: (module: M, x: tf.Tensor, ctx: Context) => tf.Tensor;
  /** How closely to look at gradients. */
  readonly gradient?: GradientOptions;
}

/**
 * What every module promises, whatever it computes: gradients to the input and to every param, in training and
 * inference; the same numbers from the same context; samples that do not see one another in inference; finite numbers;
 * its input left alone; nothing left behind.
 */
export function moduleContract<M extends Module>(subject: ModuleSubject<M>): readonly Check[] {
  const { forward, gradient } = subject;
  const training = () => trainingContext(rng(1));
  const check = (name: string, run: (module: M, x: tf.Tensor) => void): Check => ({
    name,
    run: () => withSubject(subject, run),
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
          throw new Error("moduleContract: NaN or infinity.");
    }),
    check("leaves its input alone", (module, x) => {
      const before = x.dataSync().slice();
      for (const context of [training(), inferenceContext()]) {
        forward(module, x, context).dispose();
        if (x.isDisposed) throw new Error("moduleContract: the input is disposed with the output, or by `forward`.");
      }
      assertClose(x, before, 0);
    }),
    { name: "leaves no tensor behind", run: () => assertTidy(subject) },
  ];
}

function withSubject<M extends Module>(
  { make, input }: ModuleSubject<M>,
  run: (module: M, x: tf.Tensor) => void,
): void {
  const module = make();
  try {
    tf.tidy(() => run(module, input()));
  } finally {
    module.dispose();
  }
}

function assertTidy<M extends Module>({ make, input, forward }: ModuleSubject<M>): void {
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
