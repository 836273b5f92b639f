import {
  deferredRng,
  inferenceContext,
  rng,
  trainingContext,
  valueAndGradients,
  type Context,
  type Weights,
} from "@fovea/nn";
import { compile } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** What is computed eagerly and compiled: outputs, and how they depend on variables. */
export interface Subject {
  /** Params and float inputs, by name: everything that gradients reach. */
  readonly variables: Weights;
  /** What a training pass updates, such as running statistics. Default: nothing. */
  readonly buffers?: Weights;
  /** Whether training differs from inference. Default true. */
  readonly hasModes?: boolean;
  /** Largest difference in training; see `Mode`. Default 1e-5. */
  readonly tolerance?: number;
  /** Tensors that are arguments of the function that is compiled. Default: it has none. */
  inputs?(mode: Pick<Mode, "training">): unknown;
  output(ctx: Context, inputs: unknown): tf.Tensor;
  dispose(): void;
}

export interface Mode {
  readonly training: boolean;
  /** Largest difference, as a share of the largest number of a tensor. Default 1e-5. */
  readonly tolerance?: number | undefined;
}

/**
 * What counts of the largest gradient beside a tensor's own largest number. A gradient that cancels out, such as that
 * of a bias before a batch norm, is 0 in exact arithmetic, and here the rounding of what it sums up.
 */
const SHARE = 0.05;

type Numbers = Readonly<Record<string, Float32Array>>;

/**
 * Throws unless a compiled pass gives the output, the gradients of Σ w · output with fixed random weights w, and the
 * buffers of an eager one, in two passes with other random numbers.
 */
export function expectEqual(subject: Subject, { training, tolerance = 1e-5 }: Mode): void {
  const { variables, buffers = {} } = subject;
  let pass = 0;
  const random = deferredRng(() => rng(7).split("pass", pass));
  const context = () => (training ? trainingContext(random) : inferenceContext());
  const inputs = subject.inputs?.({ training });
  const weights = weightsFor(() => subject.output(context(), inputs));
  const compute = (inputs: unknown) => {
    const output = () => tf.cast(subject.output(context(), inputs), "float32");
    if (Object.keys(variables).length === 0) return { output: output(), gradients: {} };
    let kept: tf.Tensor | undefined;
    const { gradients } = valueAndGradients(variables, () => tf.sum(tf.mul((kept = tf.keep(output())), weights)));
    const result = { output: tf.clone(kept!), gradients };
    kept!.dispose();
    return result;
  };
  const beforeRecording = (attempt: number) => void (pass = attempt === 0 ? 99 : 1);
  const compiled = compile(compute, { beforeRecording });
  const start = numbersOf(buffers);
  const passes = (run: typeof compute): Numbers[] => {
    assign(buffers, start);
    return [1, 2].map((number) => ((pass = number), tf.tidy(() => ({ ...flat(run(inputs)), ...numbersOf(buffers) }))));
  };
  try {
    const expected = passes(compute);
    const actual = passes(compiled);
    actual.forEach((numbers, i) => requireClose(numbers, expected[i]!, tolerance));
    expect(compiled.graphs).toBe(1);
  } finally {
    compiled.dispose();
    weights.dispose();
    assign(buffers, start);
  }
}

/** 0.5 ≤ |w| < 1.5, of both signs. */
function weightsFor(output: () => tf.Tensor): tf.Tensor {
  const shape = tf.tidy(() => output().shape);
  const draws = rng(3).uniform(tf.util.sizeFromShape(shape), -1, 1);
  return tf.tensor(
    draws.map((draw) => draw + (draw < 0 ? -0.5 : 0.5)),
    shape,
  );
}

const numbersOf = (tensors: Readonly<Record<string, tf.Tensor>>): Numbers =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync<"float32">().slice()]));

const flat = ({
  output,
  gradients,
}: {
  output: tf.Tensor;
  gradients: Readonly<Record<string, tf.Tensor>>;
}): Numbers => ({
  ...numbersOf({ "the output": output }),
  ...Object.fromEntries(Object.entries(numbersOf(gradients)).map(([name, numbers]) => [`∂${name}`, numbers])),
});

const assign = (variables: Weights, numbers: Numbers): void =>
  tf.tidy(() => Object.entries(variables).forEach(([name, v]) => v.assign(tf.tensor(numbers[name]!, v.shape))));

const largest = (numbers: Float32Array): number => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

const difference = (actual: Float32Array, expected: Float32Array): number =>
  actual.length === expected.length
    ? expected.reduce((most, x, i) => Math.max(most, Object.is(actual[i], x) ? 0 : Math.abs(actual[i]! - x)), 0)
    : Infinity;

function requireClose(actual: Numbers, expected: Numbers, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const gradients = Object.entries(expected).filter(([name]) => name.startsWith("∂"));
  const others = SHARE * Math.max(0, ...gradients.map(([, numbers]) => largest(numbers)));
  const wrong = Object.entries(expected).flatMap(([name, want]) => {
    const error = difference(actual[name]!, want);
    const allowed = tolerance * (largest(want) + (name.startsWith("∂") ? others : 0));
    return error <= allowed ? [] : [`${name}: ${error / largest(want)}`];
  });
  expect(wrong).toEqual([]);
}
