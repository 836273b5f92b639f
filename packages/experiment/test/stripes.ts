import { conv2d, globalAveragePool, inferenceContext, linear, pureLayer, rng, sequential, type BatchSource, type Layer } from "@fovea/nn"; // prettier-ignore
import { topKAccuracy } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { count, experiment, variantTable, weights, type Stage } from "../src/index.js";

export type Batch = { images: tf.Tensor4D; labels: tf.Tensor1D };
type Data = Record<"train" | "validation" | "test", BatchSource<Batch>>;

/** Images of 8 × 8 pixels with horizontal (0) or vertical (1) stripes, and noise. */
function stripes(name: string, seed: number, stepsPerEpoch: number): BatchSource<Batch> {
  const batch = (step: number): Promise<Batch> => {
    const noise = rng(seed)
      .split(name, step % stepsPerEpoch)
      .uniform(16 * 64, -0.5, 0.5);
    const labels = Array.from({ length: 16 }, (_, i) => i % 2);
    const pixels = noise.map((x, i) => x + (Math.floor(labels[i >> 6] ? i % 8 : (i % 64) / 8) % 2));
    return Promise.resolve({ images: tf.tensor4d(pixels, [16, 8, 8, 1]), labels: tf.tensor1d(labels, "int32") });
  };
  return { stepsPerEpoch, batch };
}

const network = (seed: number): Layer =>
  sequential({
    conv: conv2d({ in: 1, out: 8, kernel: 3, seed }),
    pool: pureLayer(globalAveragePool),
    head: linear({ in: 8, out: 2, seed: seed + 1 }),
  });

/** Accuracy, and which class was taken for which. */
export async function measured(model: Layer, { batch }: BatchSource<Batch>) {
  const { images, labels } = await batch(0);
  const logits = model.forward(images, inferenceContext()) as tf.Tensor2D;
  const accuracy = await topKAccuracy(logits, labels);
  const said = tf.tidy(() => tf.argMax(logits, 1).dataSync());
  const confusion = [0, 1].map((truth) => [0, 1].map((as) => [...said].filter((s, i) => s === as && i % 2 === truth).length)); // prettier-ignore
  tf.dispose([images, labels, logits]);
  return { accuracy, confusion };
}

/** Called when a model is validated. */
export const hooks: { onValidate(model: Layer): void } = { onValidate: () => undefined };

/** What happened, in order: "prepare 0", "build plain". */
export const events: string[] = [];

const settings = { epochs: count(2, "passes"), rates: { ...weights([0.001, 0.1], "sweep"), decisive: false } };

const variant = (id: string, weightDecay: number) => ({
  ...{ id, name: id, description: `weight decay ${weightDecay}`, baseline: id === "plain" ? undefined : "plain" },
  build: ({ seed }: { readonly seed: number }) => {
    events.push(`build ${id}`);
    return network(seed);
  },
  *stages(model: Layer, { epochs }: { readonly epochs: number }, data: Data): Iterable<Stage<Batch>> {
    const loss: Stage<Batch>["loss"] = ({ images, labels }, ctx) =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 2), model.forward(images, ctx));
    const validate = async () => {
      hooks.onValidate(model);
      return { accuracy: (await measured(model, data.validation)).accuracy };
    };
    yield { batches: data.train, loss, epochs, learningRate: 0.02, weightDecay, validate };
  },
});

/** Two variants of a small network. */
export const decay = experiment({
  id: "decay",
  title: "Does weight decay help?",
  description: "stripes, with and without weight decay",
  settings,
  resultsSettings: { epochs: 3 },
  metrics: { accuracy: { title: "accuracy", unit: "percent" } },
  selectBy: "accuracy",
  variants: [variant("plain", 0), variant("decayed", 0.1)],
  shown: ["plain"],
  prepare: ({ seed }) => {
    events.push(`prepare ${seed}`);
    return Promise.resolve({
      data: { train: stripes("train", seed, 4), validation: stripes("validation", seed, 1), test: stripes("test", seed, 1) }, // prettier-ignore
      summary: {
        ...{ name: "stripes", description: "Horizontal <or> vertical.", classes: ["horizontal", "vertical"] },
        ...{ sizes: { train: 64, validation: 16, test: 16 }, sources: [] },
      },
      dispose: () => void events.push(`dispose ${seed}`),
    });
  },
  async evaluate(model: Layer, data: Data) {
    const { accuracy, confusion } = await measured(model, data.test);
    return { measurements: [{ metric: "accuracy", value: accuracy }], confusion };
  },
  sweeps: (results, given) => {
    const best = results.records.filter(({ sweep }) => sweep === "epochs").length === given.rates.length;
    const first = given.rates.map((_, i) => ({ id: `epochs/${i}`, variant: "plain", sweep: "epochs", tested: false, settings: { ...given, epochs: i + 1 } })); // prettier-ignore
    return best ? [...first, { id: "seed-0/chosen", variant: "decayed", sweep: "chosen", settings: given }] : first;
  },
  explain: () => Promise.resolve({ figure: 1 }),
  report: (results) => [variantTable(results, [{ title: "test", cell: { metric: "accuracy" } }])],
});
