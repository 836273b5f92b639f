import { rng, valueAndGradients, type Module } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { reference, type Numbers, type Sample } from "./reference.js";
import { make, mapOf, phrasesOf, read, SIZES, still } from "./support.js";

const stages = 3;
const counts = [6, 2, 4, 1, 9];
const weightsOf = ({ params }: Module): Record<string, Numbers> =>
  Object.fromEntries(Object.entries(params).map(([name, x]) => [name, { shape: x.shape, values: Float64Array.from(x.dataSync()) }])); // prettier-ignore

/** The samples without padding. */
function samplesOf(map: tf.Tensor4D, vectors: tf.Tensor3D): Sample[] {
  const [maps, phrases] = [map.arraySync(), vectors.arraySync()];
  return counts.map((count, b) => ({ map: maps[b]!, phrases: phrases[b]!.slice(0, count) }));
}

describeOnEngines("progressiveMaskAttention", () => {
  for (const own of [false, true]) {
    const kind = own ? "with stages of their own" : "with shared stages";
    const setUp = () => {
      const model = make({ stages, shareStages: !own }, 4);
      const [map, phrases] = [mapOf(counts.length, 3), phrasesOf(counts)];
      const forward = (weights: Record<string, Numbers>, samples: readonly Sample[]) =>
        samples.map((sample) => reference(sample, weights, { stages, textDim: SIZES.textDim, own }));
      return { model, map, phrases, forward };
    };

    it(`is its definition by loops in double precision (${kind})`, () => {
      const { model, map, phrases, forward } = setUp();
      const outputs = model.forward(map, phrases, still);
      const expected = forward(weightsOf(model), samplesOf(map, phrases.vectors));
      assertClose(outputs.features, expected.flatMap(({ features }) => features), 1e-5); // prettier-ignore
      // 0 … 3
      expect(new Set(expected.flatMap((sample) => sample.stages.map(({ struck }) => struck.length))).size).toBe(4);
      read(outputs).forEach((stage, t) =>
        expected.forEach((sample, b) => {
          const { alpha, block, beta, gamma, struck } = sample.stages[t]!;
          assertClose(stage.alpha[b]!, alpha);
          expect(stage.block[b]).toBe(block);
          assertClose(stage.beta[b]!.slice(0, counts[b]), beta);
          assertClose(stage.gamma[b]!.slice(0, counts[b]), gamma);
          const gone = stage.availableLocal[b]!.map((before, i) => before - stage.availableGlobal[b]![i]!);
          expect(gone.flatMap((x, i) => (x === 1 ? [i] : []))).toEqual([...struck].sort((a, b) => a - b));
        }),
      );
    });

    it(`has the gradient of finite differences of that, for every number of every param and input (${kind})`, () => {
      const { model, map, phrases, forward } = setUp();
      const size = SIZES.visualDim + stages * SIZES.finalDim;
      const factors = rng(5)
        .split("factors")
        .normal(counts.length * size);
      const weights = weightsOf(model);
      const samples = samplesOf(map, phrases.vectors);
      const lossOf = (b: number): number =>
        forward(weights, [samples[b]!])[0]!.features.reduce((sum, x, i) => sum + x * factors[b * size + i]!, 0);
      const loss = (x = map, vectors = phrases.vectors) =>
        tf.sum(tf.mul(model.forward(x, { ...phrases, vectors }, still).features, tf.tensor2d(factors, [counts.length, size]))); // prettier-ignore
      const derivative = (row: number[] | Float64Array, k: number, f: () => number) => {
        const [start, epsilon] = [row[k]!, 1e-5];
        const at = (value: number) => ((row[k] = value), f());
        const slope = (at(start + epsilon) - at(start - epsilon)) / (2 * epsilon);
        row[k] = start;
        return slope;
      };

      const { gradients } = valueAndGradients(model.params, () => loss() as tf.Scalar);
      for (const [name, { values }] of Object.entries(weights)) {
        const all = () => samples.reduce((sum, _, b) => sum + lossOf(b), 0);
        assertClose(gradients[name]!, values.map((_, k) => derivative(values, k, all)), 2e-4); // prettier-ignore
      }
      const [dMap, dVectors] = tf.grads((x, z) => loss(x as tf.Tensor4D, z as tf.Tensor3D))([map, phrases.vectors]);
      const slopes = (rows: readonly (readonly number[])[], b: number) =>
        rows.flatMap((row) => row.map((_, k) => derivative(row as number[], k, () => lossOf(b))));
      assertClose(dMap!, samples.flatMap(({ map }, b) => slopes(map.flat(), b)), 2e-4); // prettier-ignore
      const padding = phrases.vectors.shape[1];
      const expected = samples.flatMap(({ phrases: rows }, b) => [
        ...slopes(rows, b),
        ...new Array<number>((padding - rows.length) * SIZES.textDim).fill(0),
      ]);
      assertClose(dVectors!, expected, 2e-4);
    });
  }
});
