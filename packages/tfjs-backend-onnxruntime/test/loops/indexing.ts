import * as tf from "@tensorflow/tfjs-core";
import type { Loop } from "./elementwise.js";
import { at, placesOf, tensorOf, type Numbers, type Place } from "./numbers.js";

/** x[batch …, indices[batch …, count …], rest …] along an axis at or after the batch's. */
const gather: Loop = ({ x, indices }, { axis, batchDims }) => {
  const [along, batch] = [axis as number, (batchDims as number | undefined) ?? 0];
  const count = indices!.shape.slice(batch);
  const shape = [...x!.shape.slice(0, along), ...count, ...x!.shape.slice(along + 1)];
  return tensorOf(shape, x!.dtype, (place) => {
    const index = at(indices!, [...place.slice(0, batch), ...place.slice(along, along + count.length)]);
    return at(x!, [...place.slice(0, along), index, ...place.slice(along + count.length)]);
  });
};

const placeAt = (indices: Numbers, outer: Place): Place =>
  Array.from({ length: indices.shape.at(-1)! }, (_, i) => at(indices, [...outer, i]));

/** Calls `write` with each place that the indices name, and the number of the updates for it, in order. */
function scatter(indices: Numbers, updates: Numbers, write: (place: Place, value: number) => void, rank: number): void {
  const outer = indices.shape.slice(0, -1);
  const slots = rank - indices.shape.at(-1)!;
  for (const row of placesOf(outer))
    for (const rest of placesOf(updates.shape.slice(updates.shape.length - slots)))
      write([...placeAt(indices, row), ...rest], at(updates, [...row, ...rest]));
}

const writer =
  (to: Map<string, number>, combine: (old: number, value: number) => number) => (place: Place, value: number) =>
    void to.set(place.join(), combine(to.get(place.join()) ?? 0, value));

export const indexingLoops: Readonly<Record<string, Loop>> = {
  [tf.GatherV2]: gather,
  [tf.GatherNd]: ({ params, indices }) => {
    const [count, rank] = [indices!.shape.slice(0, -1), indices!.shape.at(-1)!];
    return tensorOf([...count, ...params!.shape.slice(rank)], params!.dtype, (place) =>
      at(params!, [...placeAt(indices!, place.slice(0, count.length)), ...place.slice(count.length)]),
    );
  },
  [tf.ScatterNd]: ({ indices, updates }, attrs) => {
    const shape = attrs["shape"] as number[];
    const sums = new Map<string, number>();
    scatter(
      indices!,
      updates!,
      writer(sums, (a, b) => a + b),
      shape.length,
    );
    return tensorOf(shape, updates!.dtype, (place) => sums.get(place.join()) ?? 0);
  },
  [tf.TensorScatterUpdate]: ({ tensor, indices, updates }) => {
    const written = new Map<string, number>();
    scatter(
      indices!,
      updates!,
      writer(written, (_, value) => value),
      tensor!.shape.length,
    );
    return tensorOf(tensor!.shape, tensor!.dtype, (place) => written.get(place.join()) ?? at(tensor!, place));
  },
  [tf.UnsortedSegmentSum]: ({ x, segmentIds }, { numSegments }) =>
    tensorOf(
      [numSegments as number, ...x!.shape.slice(1)],
      x!.dtype === "int32" ? "int32" : "float32",
      ([segment, ...rest]) =>
        segmentIds!.values.reduce((total, id, row) => total + (id === segment ? at(x!, [row, ...rest]) : 0), 0),
    ),
  [tf.OneHot]: ({ indices }, { depth, onValue, offValue, dtype }) =>
    tensorOf(
      [...indices!.shape, depth as number],
      dtype as Numbers["dtype"],
      (place) => (at(indices!, place.slice(0, -1)) === place.at(-1) ? onValue : offValue) as number,
    ),
  [tf.Diag]: ({ x }) => {
    const rank = x!.shape.length;
    return tensorOf([...x!.shape, ...x!.shape], x!.dtype, (place) =>
      place.slice(0, rank).join() === place.slice(rank).join() ? at(x!, place.slice(0, rank)) : 0,
    );
  },
};
