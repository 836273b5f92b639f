import {
  countParams,
  inferenceContext,
  rng,
  trainingContext,
  valueAndGradients,
  type Context,
  type Module,
} from "@fovea/nn";
import { assertClose, assertNoLeak, assertParamGradient, moduleContract, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it, vi } from "vitest";
import type { PhraseEncoder } from "../../src/index.js";

/** Ids of words below this must be known to the encoder under test. */
export const SIZE = 11;

/** [batch, phrase, word] = [3, 4, 5]: phrases of 0 to 5 words, a sample without any, a word that is there twice. */
const words = () =>
  tf.tensor3d(
    [
      [
        [2, 3, 0, 0, 0],
        [4, 0, 0, 0, 0],
        [3, 2, 5, 6, 7],
        [1, 8, 8, 0, 0],
      ],
      [
        [9, 3, 10, 0, 0],
        [2, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ],
      [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ],
    ],
    [3, 4, 5],
    "int32",
  );
const MASK = [
  [1, 1, 1, 1],
  [1, 1, 0, 0],
  [0, 0, 0, 0],
];
const ctx = inferenceContext();
const training = () => trainingContext(rng(5));

/** The vectors where a phrase is real, zeros elsewhere. */
const real = (encoder: PhraseEncoder, ids: tf.Tensor3D, context: Context = ctx): tf.Tensor =>
  tf.tidy(() => {
    const { vectors, mask } = encoder.forward(ids, context);
    return tf.where(tf.expandDims(tf.notEqual(mask, 0), 2), vectors, tf.zerosLike(vectors));
  });
const gradientsOf = (encoder: PhraseEncoder, ids: tf.Tensor3D) =>
  valueAndGradients(encoder.params, () => tf.sum(tf.square(real(encoder, ids)))).gradients;
const tableOf = ({ params }: Module) => params["embedding.table"]!;
const row = (table: tf.Tensor, id: number) => tf.slice(table, id, 1);

/**
 * What every encoder of phrases with a param `embedding.table` promises, as tests. The encoder has `SIZE` ids.
 *
 * @param make - the same encoder every time, with a dropout rate above 0 where `dropout` is asked for
 */
export function phraseEncoderContract(make: (options?: { dropout: number }) => PhraseEncoder): void {
  const times = (encoder: PhraseEncoder, x: tf.Tensor, context: Context) =>
    tf.tidy(() => tf.mul(real(encoder, tf.tile(tf.slice(words(), 0, 1), [x.shape[0]!, 1, 1]), context), x));
  const input = () => randomTensor([2, 4, make().dim]);
  for (const dropout of [0, 0.3])
    for (const { name, run } of moduleContract({ make: () => make({ dropout }), input, forward: times }))
      it(`with a dropout of ${dropout}: ${name}`, run);

  it("gives vectors of its length, and says which phrases are real", () => {
    const encoder = make();
    const { vectors, mask } = encoder.forward(words(), ctx);
    expect(vectors.shape).toEqual([3, 4, encoder.dim]);
    expect([mask.dtype, mask.arraySync()]).toEqual(["float32", MASK]);
    expect(vectors.dataSync().every(Number.isFinite)).toBe(true);
    expect(countParams(encoder)).toBeGreaterThan(0);
  });

  it("encodes each phrase for itself", () => {
    const [encoder, ids, order] = [make(), words(), tf.tensor1d([2, 0, 3, 1], "int32")];
    assertClose(real(encoder, tf.gather(ids, order, 1)), tf.gather(real(encoder, ids), order, 1), 1e-6);
    for (const [sample, phrase] of [
      [0, 2],
      [1, 0],
    ] as const) {
      // prettier-ignore
      const alone = tf.slice(ids, [sample, phrase, 0], [1, 1, 5]);
      assertClose(real(encoder, alone), tf.slice(real(encoder, ids), [sample, phrase, 0], [1, 1, encoder.dim]), 1e-6);
    }
    const [here, there] = [tf.slice(real(encoder, ids), [0, 0, 0], [1, 1]), tf.slice(real(encoder, ids), [1, 1, 0], [1, 1])]; // prettier-ignore
    assertClose(here, there, 1e-6);
  });

  it("tells different phrases apart", () => {
    const [a, b, c, d] = tf.unstack(tf.squeeze(tf.slice(real(make(), words()), 0, 1), [0]));
    for (const [one, other] of [
      [a, b],
      [a, c],
      [a, d],
      [b, c],
      [b, d],
      [c, d],
    ])
      // prettier-ignore
      expect(() => assertClose(one!, other!, 1e-2)).toThrow("assertClose");
  });

  it("does not see padding, of words or of phrases", () => {
    const encoder = make();
    const more = tf.pad(words(), [[0, 0], [0, 2], [0, 3]]); // prettier-ignore
    assertClose(tf.slice(real(encoder, more), 0, [3, 4]), real(encoder, words()), 1e-6);
    const [wide, tight] = [more, words()].map((ids) => gradientsOf(encoder, ids));
    for (const name of Object.keys(encoder.params)) assertClose(wide![name]!, tight![name]!, 1e-5);
  });

  it("does not use the row of padding, even if it holds NaN, and gives it no gradient", () => {
    const [encoder, ids] = [make(), words()];
    const [vectors, gradients] = [real(encoder, ids), gradientsOf(encoder, ids)];
    const table = tableOf(encoder);
    assertClose(row(gradients["embedding.table"]!, 0), tf.zeros([1, table.shape[1]!]), 0);
    table.assign(tf.concat([tf.fill([1, table.shape[1]!], NaN), tf.slice(table, 1)]));
    assertClose(real(encoder, ids), vectors, 0);
    expect(encoder.forward(ids, training()).vectors.dataSync().every(Number.isFinite)).toBe(true);
    const poisoned = gradientsOf(encoder, ids);
    for (const [name, gradient] of Object.entries(gradients)) assertClose(poisoned[name]!, gradient, 0);
  });

  it("teaches the words that are there, the unknown word too, and no others", () => {
    const ids = tf.tensor3d([[[1, 2, 0], [2, 5, 5]]], [1, 2, 3], "int32"); // prettier-ignore
    const norms = tf.norm(gradientsOf(make(), ids)["embedding.table"]!, 2, 1).arraySync() as number[];
    expect(norms.map((norm) => norm > 0)).toEqual(Array.from({ length: SIZE }, (_, id) => [1, 2, 5].includes(id)));
  });

  it("has the gradients of finite differences for samples with padding", () => {
    const encoder = make();
    assertParamGradient(encoder, () => real(encoder, words()));
  });

  it("stays finite where no sample has a phrase", () => {
    const [encoder, none] = [make(), tf.zeros<tf.Rank.R3>([2, 1, 1], "int32")];
    const { vectors, mask } = encoder.forward(none, ctx);
    assertClose(mask, tf.zeros([2, 1]), 0);
    expect(vectors.dataSync().every(Number.isFinite)).toBe(true);
    const { gradients } = valueAndGradients(encoder.params, () => tf.sum(encoder.forward(none, ctx).vectors));
    assertClose(gradients["embedding.table"]!, tf.zeros(tableOf(encoder).shape), 0);
  });

  it("drops numbers of words in training, by the context", () => {
    const [encoder, ids] = [make({ dropout: 0.5 }), words()];
    const [one, same, other] = [5, 5, 6].map((seed) => real(encoder, ids, trainingContext(rng(seed))));
    assertClose(one!, same!, 0);
    expect(() => assertClose(one!, other!, 1e-2)).toThrow("assertClose");
    assertClose(real(encoder, ids, ctx), real(make(), ids, ctx), 0);
  });

  it("reads nothing back from the engine, so that a step can be compiled", () => {
    const [encoder, ids] = [make({ dropout: 0.1 }), words()];
    const reads = [vi.spyOn(tf.Tensor.prototype, "dataSync"), vi.spyOn(tf.Tensor.prototype, "data")];
    try {
      tf.tidy(() => gradientsOf(encoder, ids));
      encoder.forward(ids, training());
      // wasm's own kernel of gather reads the ids, which lie in its memory
      const read = reads.flatMap(({ mock }) => mock.contexts as tf.Tensor[]);
      const computed = read.filter(({ dtype }) => dtype !== "int32");
      expect(computed).toEqual([]);
    } finally {
      for (const read of reads) read.mockRestore();
    }
  });

  it("leaves nothing behind", () => {
    const [encoder, ids] = [make({ dropout: 0.1 }), words()];
    assertNoLeak(() => ({ ...encoder.forward(ids, training()) }));
    assertNoLeak(() => make().dispose());
  });

  it("refuses what are no ids of words", () => {
    expect(() => make().forward(tf.zeros([2, 3, 4]), ctx)).toThrow("expected `words` of dtype int32, got float32.");
    expect(() => make().forward(tf.zeros([2, 0, 4], "int32"), ctx)).toThrow(
      "expected `words` with at least one number",
    );
    expect(() => make().forward(tf.zeros<tf.Rank>([2, 4], "int32") as tf.Tensor3D, ctx)).toThrow(
      "expected `words` of shape [batch, phrase, word], got [2, 4].",
    );
  });
}
