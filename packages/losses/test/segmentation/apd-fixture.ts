import { adaptiveKL, classPrototypes, prototypeAlignment, type ClassPrototypes } from "@fovea/losses";
import { assertClose } from "@fovea/nn/testing";
import type * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { randomMaps, scatteredLabels } from "./maps.js";

export const [batch, rows, columns, dim, classes] = [2, 5, 7, 11, 4] as const;
export const shape = [batch, rows, columns, dim] as const;
export const student = randomMaps(shape, 1);
export const teacher = randomMaps(shape, 2);
export const logits = randomMaps([batch, rows, columns, classes], 3);
export const teacherLogits = randomMaps([batch, rows, columns, classes], 4);
/** At the size of the features. Class 3 is nowhere, class 2 in the second image only. */
export const labels = scatteredLabels([batch, rows, columns], [[0, 1, 255], [1, 2, 2, 255]]); // prettier-ignore

export type Scope = "image" | "batch";
export const scopes: readonly Scope[] = ["image", "batch"];
export const item = (x: tf.Tensor): number => x.dataSync()[0]!;
export const zeros = (x: tf.Tensor) => new Float32Array(x.size);
export const of = (features: tf.Tensor, scope: Scope, y = labels, count: number = classes): ClassPrototypes =>
  classPrototypes(features as tf.Tensor4D, y, { classes: count, scope });

/** The terms of APD that compare a student with a teacher, from their features. */
export const comparisons = (s: tf.Tensor, t: tf.Tensor, scope: Scope, y = labels, count: number = classes) => ({
  kl: item(adaptiveKL(of(s, scope, y, count), of(t, scope, y, count))),
  alignment: item(prototypeAlignment(of(s, scope, y, count), of(t, scope, y, count))),
});

export function expectSame(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
  tolerance = 1e-5,
): void {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, value] of Object.entries(a)) assertClose(value, b[name]!, tolerance);
}
