import { averageFactors, sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { threeDimensions } from "./three-dimensions.js";
import { type Attrs, type CpuKernel, type Numbers, mapped } from "./cpu-kernel.js";

/** tfjs's own divides by the full window; so its errors are raised before. */
const averagePoolGradient = (name: string): CpuKernel => ({
  name,
  wrong: "divides by the full window also where it reaches into padding, which the average does not count",
  run({ dy, input }, attrs, stock) {
    const { factors } = averageFactors(input!.shape, attrs);
    if (factors.every((factor) => factor === 1)) return undefined;
    const channels = dy!.shape.at(-1)!;
    const raised = mapped(dy!.values, (error, i) => error * factors[Math.floor(i / channels) % factors.length]!);
    return stock({ dy: { ...dy!, values: raised }, input: input! }, attrs);
  },
});

/**
 * A filter [height, width, …] with `dilation − 1` zeros between its cells, and back: the cells without what lies
 * between.
 */
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
