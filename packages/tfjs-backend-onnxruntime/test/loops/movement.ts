import * as tf from "@tensorflow/tfjs-core";
import type { Loop } from "./elementwise.js";
import { at, isInside, placesOf, sizeOf, flatIndex, tensorOf, type Numbers, type Place } from "./numbers.js";

const axisOf = (axis: unknown, rank: number): number => ((axis as number) + rank) % rank;

const sliced = (x: Numbers, begin: Place, size: Place): Numbers =>
  tensorOf(size, x.dtype, (place) =>
    at(
      x,
      place.map((index, axis) => index + begin[axis]!),
    ),
  );

const reshaped = ({ dtype, values }: Numbers, shape: readonly number[]): Numbers => ({ shape, dtype, values });

const padded = (x: Numbers, paddings: readonly Place[], value = 0): Numbers => {
  const shape = x.shape.map((side, axis) => side + paddings[axis]![0]! + paddings[axis]![1]!);
  return tensorOf(shape, x.dtype, (place) => {
    const from = place.map((index, axis) => index - paddings[axis]![0]!);
    return isInside(x.shape, from) ? at(x, from) : value;
  });
};

const transposed = (x: Numbers, perm: Place): Numbers =>
  tensorOf(
    perm.map((axis) => x.shape[axis]!),
    x.dtype,
    (place) =>
      at(
        x,
        perm.map((_, axis) => place[perm.indexOf(axis)]!),
      ),
  );

const reversed = (x: Numbers, axes: Place): Numbers =>
  tensorOf(x.shape, x.dtype, (place) =>
    at(
      x,
      place.map((index, axis) => (axes.includes(axis) ? x.shape[axis]! - 1 - index : index)),
    ),
  );

/** Where each part begins along the axis. */
const starts = (sides: Place): number[] => sides.map((_, i) => sides.slice(0, i).reduce((a, b) => a + b, 0));

function joined(parts: readonly Numbers[], axis: number): Numbers {
  const sides = parts.map((part) => part.shape[axis]!);
  const begins = starts(sides);
  const shape = parts[0]!.shape.with(
    axis,
    sides.reduce((a, b) => a + b),
  );
  return tensorOf(shape, parts[0]!.dtype, (place) => {
    const part = begins.findLastIndex((begin) => begin <= place[axis]!);
    return at(parts[part]!, place.with(axis, place[axis]! - begins[part]!));
  });
}

function split(x: Numbers, sizes: Place, axis: number): Numbers[] {
  const begins = starts(sizes);
  return sizes.map((size, i) =>
    sliced(
      x,
      x.shape.map((_, a) => (a === axis ? begins[i]! : 0)),
      x.shape.with(axis, size),
    ),
  );
}

const stridedSlice: Loop = ({ x }, attrs) => {
  const a = attrs as unknown as tf.StridedSliceAttrs;
  const info = tf.slice_util.sliceInfo([...x!.shape], a.begin, a.end, a.strides, a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask); // prettier-ignore
  const sides = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  const taken = tensorOf(sides, x!.dtype, (place) =>
    at(
      x!,
      place.map((index, axis) => info.begin[axis]! + index * info.strides[axis]!),
    ),
  );
  return reshaped(taken, info.finalShape);
};

/** "reflect" leaves the edge out, "symmetric" repeats it. */
const mirrorPad: Loop = ({ x }, { paddings, mode }) => {
  const pads = paddings as Place[];
  const edge = mode === "reflect" ? 0 : 1;
  const mirrored = (index: number, side: number) =>
    index < 0 ? -index - edge : index >= side ? 2 * (side - 1) - index + edge : index;
  const shape = x!.shape.map((side, axis) => side + pads[axis]![0]! + pads[axis]![1]!);
  return tensorOf(shape, x!.dtype, (place) =>
    at(
      x!,
      place.map((index, axis) => mirrored(index - pads[axis]![0]!, x!.shape[axis]!)),
    ),
  );
};

/** y[block, batch][h, w, …] = padded x[batch][h · block + row, w · block + column, …]. */
const spaceToBatch: Loop = ({ x }, { blockShape, paddings }) => {
  const block = blockShape as Place;
  const rank = x!.shape.length;
  const around = Array.from({ length: rank }, (_, axis) =>
    axis === 0 ? [0, 0] : ((paddings as Place[])[axis - 1] ?? [0, 0]),
  );
  const map = padded(x!, around);
  const batch = x!.shape[0]!;
  const shape = map.shape.map((side, axis) => (axis === 0 ? side * sizeOf(block) : side / (block[axis - 1] ?? 1)));
  return tensorOf(shape, x!.dtype, ([first, ...rest]) => {
    const cell = placesOf(block)[Math.floor(first! / batch)]!;
    return at(map, [
      first! % batch,
      ...rest.map((index, i) => (i < block.length ? index * block[i]! + cell[i]! : index)),
    ]);
  });
};

const batchToSpace: Loop = ({ x }, { blockShape, crops }) => {
  const [block, cut] = [blockShape as Place, crops as Place[]];
  const batch = x!.shape[0]! / sizeOf(block);
  const shape = x!.shape.map((side, axis) => {
    if (axis === 0) return batch;
    return axis > block.length ? side : side * block[axis - 1]! - cut[axis - 1]![0]! - cut[axis - 1]![1]!;
  });
  return tensorOf(shape, x!.dtype, ([first, ...rest]) => {
    const whole = rest.map((index, i) => (i < block.length ? index + cut[i]![0]! : index));
    const cell = block.map((side, i) => whole[i]! % side);
    return at(x!, [
      flatIndex(block, cell) * batch + first!,
      ...whole.map((index, i) => (i < block.length ? Math.floor(index / block[i]!) : index)),
    ]);
  });
};

const depthToSpace: Loop = ({ x }, { blockSize }) => {
  const [n, [b, h, w, c]] = [blockSize as number, x!.shape as [number, number, number, number]];
  const depth = c / (n * n);
  return tensorOf([b, h * n, w * n, depth], x!.dtype, ([i, row, column, d]) =>
    at(x!, [i!, Math.floor(row! / n), Math.floor(column! / n), ((row! % n) * n + (column! % n)) * depth + d!]),
  );
};

export const movementLoops: Readonly<Record<string, Loop>> = {
  [tf.Identity]: ({ x }) => x!,
  [tf.Reshape]: ({ x }, { shape }) => reshaped(x!, shape as number[]),
  [tf.ExpandDims]: ({ input }, { dim }) =>
    reshaped(input!, input!.shape.toSpliced(axisOf(dim, input!.shape.length + 1), 0, 1)),
  [tf.Slice]: ({ x }, { begin, size }) => {
    const from = begin as number[];
    return sliced(
      x!,
      from,
      (size as number[]).map((n, axis) => (n < 0 ? x!.shape[axis]! - from[axis]! : n)),
    );
  },
  [tf.StridedSlice]: stridedSlice,
  [tf.Reverse]: ({ x }, { dims }) =>
    reversed(
      x!,
      (dims as number[]).map((axis) => axisOf(axis, x!.shape.length)),
    ),
  [tf.FlipLeftRight]: ({ image }) => reversed(image!, [2]),
  [tf.Concat]: (inputs, { axis }) => joined(Object.values(inputs), axis as number),
  [tf.Pack]: (inputs, { axis }) => {
    const parts = Object.values(inputs);
    const along = axisOf(axis, parts[0]!.shape.length + 1);
    return joined(
      parts.map((part) => reshaped(part, part.shape.toSpliced(along, 0, 1))),
      along,
    );
  },
  [tf.SplitV]: ({ x }, { numOrSizeSplits: parts, axis }) => {
    const along = axisOf(axis, x!.shape.length);
    return split(
      x!,
      typeof parts === "number" ? new Array<number>(parts).fill(x!.shape[along]! / parts) : (parts as number[]),
      along,
    );
  },
  [tf.Unpack]: ({ value }, { axis }) => {
    const along = axisOf(axis, value!.shape.length);
    return split(value!, new Array<number>(value!.shape[along]!).fill(1), along).map((part) =>
      reshaped(part, part.shape.toSpliced(along, 1)),
    );
  },
  [tf.PadV2]: ({ x }, { paddings, constantValue }) => padded(x!, paddings as Place[], constantValue as number),
  [tf.MirrorPad]: mirrorPad,
  [tf.Transpose]: ({ x }, { perm }) => transposed(x!, perm as number[]),
  [tf.Tile]: ({ x }, { reps }) =>
    tensorOf(
      x!.shape.map((side, axis) => side * (reps as number[])[axis]!),
      x!.dtype,
      (place) =>
        at(
          x!,
          place.map((index, axis) => index % x!.shape[axis]!),
        ),
    ),
  [tf.SpaceToBatchND]: spaceToBatch,
  [tf.BatchToSpaceND]: batchToSpace,
  [tf.DepthToSpace]: depthToSpace,
};
