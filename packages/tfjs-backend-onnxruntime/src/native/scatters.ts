import { scatterInfo, sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { requireRows } from "./gathers.js";
import { traits, type Direct, type TraitsTable } from "./traits.js";

/** Rows to one sum from which they are added in double precision, whatever it takes: natively each is rounded. */
const manyRows = 256;

/**
 * Adds rows in a loop: natively an addition takes a tenth of the time, but the rows are written three times, twice to
 * memory that is new to the process.
 */
function addRowsDirectly(n: number, length: number, count: number): boolean {
  if (n > manyRows * count) return true;
  const loop = 2.7 * n * length + 0.2 * count * length; // ns
  const native = 20_000 + 0.3 * n * length + 1 * count * length;
  return loop < native;
}

const addRow = (y: Float64Array, start: number, x: Float32Array, from: number, length: number): void => {
  for (let k = 0; k < length; k++) y[start + k]! += x[from + k]!;
};

/**
 * Kernels that write at places that a tensor tells. Always one thread: ONNX Runtime's ScatterND adds from all of them
 * at once, and two that meet in a row lose one of their sums; of two updates of a row the later wins.
 */
export const scatters: TraitsTable = {
  [tf.UnsortedSegmentSum]: traits<tf.UnsortedSegmentSumAttrs>({
    serial: true,
    direct([x, ids], _, { numSegments }): Direct | undefined {
      const n = ids!.shape[0]!;
      const length = sizeOf(x!.shape) / n;
      if (x!.type !== "float32" || !addRowsDirectly(n, length, numSegments)) return undefined;
      return ([values, segments], [results]) => {
        const sums = new Float64Array(numSegments * length);
        for (let i = 0; i < n; i++) {
          const row = segments![i] as number;
          if (row >= 0 && row < numSegments) addRow(sums, row * length, values as Float32Array, i * length, length);
        }
        (results as Float32Array).set(sums);
      };
    },
  }),
  [tf.ScatterNd]: traits<{ shape: number[] }>({
    serial: true,
    direct([indices, updates], _, { shape }): Direct | undefined {
      const { length, strides, count } = scatterInfo(updates!, indices!, shape);
      const n = sizeOf(indices!.shape) / strides.length;
      if (updates!.type !== "float32" || n <= manyRows * count) return undefined;
      return ([places, values], [results]) => {
        const sums = new Float64Array(count * length);
        for (let i = 0; i < n; i++) {
          const row = strides.reduce((sum, stride, j) => sum + stride * (places![i * strides.length + j] as number), 0);
          addRow(sums, row * length, values as Float32Array, i * length, length);
        }
        (results as Float32Array).set(sums);
      };
    },
    check([numbers], [indices, updates], { shape }) {
      const { strides, count } = scatterInfo(updates!, indices!, shape);
      requireRows(numbers!, strides, count, shape);
    },
  }),
  [tf.TensorScatterUpdate]: traits<object>({
    serial: true,
    check([, numbers], [x, indices, updates]) {
      const { strides, count } = scatterInfo(updates!, indices!, x!.shape);
      requireRows(numbers!, strides, count, x!.shape);
    },
  }),
};
