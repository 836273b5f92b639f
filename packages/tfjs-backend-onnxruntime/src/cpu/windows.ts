import * as tf from "@tensorflow/tfjs-core";
import { threeDimensions } from "./three-dimensions.js";
import { sizeOf, type Attrs, type CpuKernel, type Numbers } from "./cpu-kernel.js";

/** A pooling as tfjs describes it; of windows along each axis. */
interface Pooling {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly before: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

function pooling(shape: readonly number[], attrs: Attrs): Pooling {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.AvgPoolGradAttrs & tf.AvgPool3DGradAttrs;
  if (shape.length === 4) {
    const info = tf.backend_util.computePool2DInfo(shape as [number, number, number, number], filterSize as number, strides as number, 1, pad, dimRoundingMode); // prettier-ignore
    return {
      kernel: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      before: [info.padInfo.top, info.padInfo.left],
      input: [info.inHeight, info.inWidth],
      output: [info.outHeight, info.outWidth],
    };
  }
  const info = tf.backend_util.computePool3DInfo(shape as [number, number, number, number, number], filterSize as number, strides as number, 1, pad as "same", dimRoundingMode); // prettier-ignore
  return {
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
  };
}

/** For each window, row by row, how many times as many cells it has as lie on the map: more than 1 where it reaches into padding. */
function factors({ kernel, strides, before, input, output }: Pooling): number[] {
  return output.reduce<number[]>(
    (all, places, axis) => {
      const along = Array.from({ length: places }, (_, i) => {
        const start = i * strides[axis]! - before[axis]!;
        return kernel[axis]! / (Math.min(input[axis]!, start + kernel[axis]!) - Math.max(0, start));
      });
      return all.flatMap((factor) => along.map((other) => factor * other));
    },
    [1],
  );
}

/** tfjs's own divides by the whole window; so its errors are raised before. */
const averagePoolGradient = (name: string): CpuKernel => ({
  name,
  wrong: "divides by the whole window also where it reaches into padding, which the average does not count",
  run({ dy, input }, attrs, stock) {
    const each = factors(pooling(input!.shape, attrs));
    if (each.every((factor) => factor === 1)) return undefined;
    const channels = dy!.shape.at(-1)!;
    const raised = Float32Array.from(dy!.values, (error, i) => error * each[Math.floor(i / channels) % each.length]!);
    return stock({ dy: { ...dy!, values: raised }, input: input! }, attrs);
  },
});

/** A filter [height, width, …] with `dilation − 1` zeros between its cells, and back: the cells without what lies between. */
function dilation(filterShape: readonly number[], [rows, columns]: readonly number[]) {
  const [height, width, ...channels] = filterShape as [number, number, ...number[]];
  const row = sizeOf(channels);
  const wide = (width - 1) * columns! + 1;
  const shape = [(height - 1) * rows! + 1, wide, ...channels];
  const copy = (
    from: Float32Array,
    to: Float32Array,
    at: (sparse: number, dense: number) => [from: number, to: number],
  ) => {
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const [source, target] = at((i * rows! * wide + j * columns!) * row, (i * width + j) * row);
        to.set(from.subarray(source, source + row), target);
      }
    return to;
  };
  return {
    shape,
    spread: (dense: Float32Array) => copy(dense, new Float32Array(sizeOf(shape)), (sparse, dense) => [dense, sparse]),
    gathered: (sparse: Float32Array) => copy(sparse, new Float32Array(sizeOf(filterShape)), (sparse, dense) => [sparse, dense]), // prettier-ignore
  };
}

const dilationsOf = ({ dilations }: Attrs): readonly number[] => (typeof dilations === "number" ? [dilations, dilations] : ((dilations as number[] | null | undefined) ?? [1, 1])); // prettier-ignore

const isDilated = (attrs: Attrs): boolean => dilationsOf(attrs).some((n) => n !== 1);

const undilated = (attrs: Attrs): Attrs => ({ ...attrs, dilations: [1, 1] });

const ignored = "takes dilated filters for others";

/** A dilated filter is a larger one with zeros in it. */
const inputGradient = (name: string): CpuKernel => ({
  name,
  wrong: ignored,
  run({ dy, filter }, attrs, stock) {
    if (!isDilated(attrs)) return undefined;
    const { shape, spread } = dilation(filter!.shape, dilationsOf(attrs));
    const sparse: Numbers = { shape, dtype: "float32", values: spread(filter!.values as Float32Array) };
    return stock({ dy: dy!, filter: sparse }, { ...undilated(attrs), filterShape: shape });
  },
});

const filterGradient = (name: string): CpuKernel => ({
  name,
  wrong: ignored,
  run(inputs, attrs, stock) {
    if (!isDilated(attrs)) return undefined;
    const filterShape = attrs["filterShape"] as number[];
    const { shape, gathered } = dilation(filterShape, dilationsOf(attrs));
    const sparse = stock(inputs, { ...undilated(attrs), filterShape: shape });
    return { shape: filterShape, dtype: "float32", values: gathered(sparse.values as Float32Array) };
  },
});

export const windows: readonly CpuKernel[] = [
  averagePoolGradient(tf.AvgPoolGrad),
  ...threeDimensions(averagePoolGradient(tf.AvgPool3DGrad)),
  inputGradient(tf.Conv2DBackpropInput),
  inputGradient(tf.DepthwiseConv2dNativeBackpropInput),
  filterGradient(tf.Conv2DBackpropFilter),
  filterGradient(tf.DepthwiseConv2dNativeBackpropFilter),
];
