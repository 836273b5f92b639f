import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forAll, numbers } from "./as-defined.js";

const side = fc.integer({ min: 1, max: 7 });
const sides = fc.tuple(fc.integer({ min: 1, max: 3 }), side, side, fc.integer({ min: 1, max: 4 }));

const modes = fc.constantFrom(
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: false, halfPixelCenters: false },
);

describe("kernels of images are cpu's", () => {
  it.each([tf.ResizeBilinear, tf.ResizeNearestNeighbor])("%s", (kernel) =>
    forAll(
      kernel,
      fc.tuple(sides, fc.tuple(side, side), modes, fc.constantFrom("float32", "int32")).chain(
        ([shape, size, mode, dtype]) =>
        numbers(shape, dtype).map((images) => ({ inputs: { images }, attrs: { size, ...mode } })), // prettier-ignore
      ),
      { numRuns: 150 },
    ),
  );

  it("resizes to the size that is asked for, whatever the floats between", async () => {
    await tf.setBackend("onnxruntime");
    for (let from = 1; from < 40; from++)
      for (const to of [3, 7, 10, 31, 100]) {
        const resized = tf.image.resizeBilinear(tf.fill([1, from, 1, 64], 0.5) as tf.Tensor4D, [to, 1]);
        expect(resized.shape).toEqual([1, to, 1, 64]);
        expect(resized.dataSync().every((x) => Math.abs(x - 0.5) < 1e-6)).toBe(true);
      }
  });

  it.each([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad])("%s", (kernel) =>
    forAll(
      kernel,
      fc
        .tuple(sides, side, side, modes)
        .chain(([shape, h, w, attrs]) =>
          fc
            .record({ images: numbers(shape), dy: numbers([shape[0], h, w, shape[3]]) })
            .map((inputs) => ({ inputs, attrs })),
        ),
      { numRuns: 150 },
    ),
  );

  it.each([tf.image.resizeBilinear, tf.image.resizeNearestNeighbor])(
    "<resize x, dy> = <x, gradient>, for images that are not square too",
    async (resize) => {
      await tf.setBackend("onnxruntime");
      const [x, dy] = [tf.randomUniform([2, 30, 20, 5], -1, 1, "float32", 1), tf.randomUniform([2, 17, 41, 5], -1, 1, "float32", 2)]; // prettier-ignore
      for (const alignCorners of [true, false]) {
        const run = (images: tf.Tensor) => resize(images as tf.Tensor4D, [17, 41], alignCorners);
        const dx = tf.grad((images) => run(images))(x, dy);
        const [left] = tf.sum(tf.mul(run(x), dy)).dataSync();
        expect(tf.sum(tf.mul(x, dx)).dataSync()[0]).toBeCloseTo(left!, 3);
      }
    },
  );

  const lrnAttrs = fc.record({ depthRadius: fc.integer({ min: 0, max: 4 }), bias: fc.constantFrom(1, 0.5), alpha: fc.constantFrom(1, 0.25), beta: fc.constantFrom(0.5, 0.75, 1) }); // prettier-ignore

  it("LRN", () =>
    forAll(tf.LRN, fc.tuple(sides.chain((shape) => numbers(shape)), lrnAttrs).map(([x, attrs]) => ({ inputs: { x }, attrs })))); // prettier-ignore

  it("LRNGrad", () =>
    forAll(
      tf.LRNGrad,
      fc
        .tuple(
          sides.chain((shape) => fc.record({ x: numbers(shape), y: numbers(shape), dy: numbers(shape) })),
          lrnAttrs,
        )
        .map(([inputs, attrs]) => ({ inputs, attrs })),
    ));
});

describe("Einsum is cpu's", () => {
  const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 5, e: 1 };

  it.each(["ab,bc->ac", "ab,cb->ac", "dab,dbc->dac", "abc,dc->abd", "ab->ba", "ab->", "abc->b", "a,b->ab", "ab,ab->", "ab, ab -> a", "abcd,abed->abce", "abc,c->abc", "ab,bc->", "abc,bd->cd", "abc,ac->", "a,b->", "ab,b->b"])(
    "%s",
    (equation) =>
      forAll(
        tf.Einsum,
        fc.constantFrom("float32", "int32").chain((dtype) => {
          const terms = equation.replaceAll(" ", "").split("->")[0]!.split(",");
          return fc.tuple(...terms.map((term) => numbers([...term].map((letter) => sizes[letter]!), dtype))); // prettier-ignore
        }).map((inputs) => ({ inputs, attrs: { equation } })), // prettier-ignore
        { numRuns: 8 },
      ),
  ); // prettier-ignore
});
