import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type Attrs, type CpuKernel, type Numbers, type Stock } from "./cpu-kernel.js";

type Shape = readonly number[];
type Triple = [number, number, number];
type Shape5D = [number, number, number, number, number];

const triple = (n: unknown): Shape => (typeof n === "number" ? [n, n, n] : (n as Shape));

/**
 * The part of a map [batch, depth, height, width, channels] that windows with padding "same" reach. Where strides step
 * over the end of it, tfjs pads by less than nothing, and every window is moved.
 */
function reached(map: Shape, kernel: Shape, { strides, pad }: Attrs): Shape {
  if (pad !== "same") return map;
  const step = triple(strides);
  const needed = map.slice(1, 4).map((side, i) => (Math.ceil(side / step[i]!) - 1) * step[i]! + kernel[i]!);
  return [map[0]!, ...needed.map((side, i) => Math.min(side, map[i + 1]!)), map[4]!];
}

/** Copies the numbers that lie in both of two maps with one corner in common. */
function refitted({ shape: from, values }: Numbers, to: Shape): Numbers {
  if (from.join() === to.join()) return { shape: from, dtype: "float32", values };
  const [batch, depth, height, width] = from.map((side, i) => Math.min(side, to[i]!)) as [
    number,
    number,
    number,
    number,
  ];
  const row = width * from[4]!;
  const copy = new Float32Array(sizeOf(to));
  const rowOf = (map: Shape, b: number, d: number, h: number) => ((b * map[1]! + d) * map[2]! + h) * map[3]! * map[4]!;
  for (let b = 0; b < batch; b++)
    for (let d = 0; d < depth; d++)
      for (let h = 0; h < height; h++) {
        const start = rowOf(from, b, d, h);
        copy.set(values.subarray(start, start + row), rowOf(to, b, d, h));
      }
  return { shape: to, dtype: "float32", values: copy };
}

const wrong = "with padding “same” where strides step over the end of the map: every window is moved";

/** A kernel that reads a map, and gives one of its shape where `returnsMap`. */
const cropped = (
  name: string,
  map: string,
  kernelOf: (inputs: Readonly<Record<string, Numbers>>, attrs: Attrs) => Shape,
  { returnsMap = false, then }: { returnsMap?: boolean; then?: CpuKernel } = {},
): CpuKernel => ({
  name,
  wrong: then ? `${wrong}; ${then.wrong}` : wrong,
  run(inputs, attrs, stock) {
    const full = inputs[map]!.shape;
    const part = reached(full, kernelOf(inputs, attrs), attrs);
    const run: Stock = (given, options) => (then?.run(given, options, stock) as Numbers | undefined) ?? stock(given, options); // prettier-ignore
    if (part.join() === full.join()) return then?.run(inputs, attrs, stock);
    const result = run({ ...inputs, [map]: refitted(inputs[map]!, part) }, attrs);
    return returnsMap ? refitted(result, full) : result;
  },
});

const ofFilter = ({ filter }: Readonly<Record<string, Numbers>>): Shape => filter!.shape.slice(0, 3);
const ofPool = (_: unknown, { filterSize }: Attrs): Shape => triple(filterSize);

/** The map is an attribute here: its shape. */
const inputGradient: CpuKernel = {
  name: tf.Conv3DBackpropInputV2,
  wrong,
  run(inputs, attrs, stock) {
    const full = attrs["inputShape"] as number[];
    const part = reached(full, ofFilter(inputs), attrs);
    return part.join() === full.join() ? undefined : refitted(stock(inputs, { ...attrs, inputShape: part }), full);
  },
};

/** Each error goes to the first greatest cell of its window; windows without a number have nowhere to send it. */
const maxPoolGradient: CpuKernel = {
  name: tf.MaxPool3DGrad,
  wrong: `takes other cells for the greatest in windows that are not as high as wide; ${wrong}`,
  run({ dy, input }, attrs) {
    const [kernel, strides] = [attrs["filterSize"], attrs["strides"]].map(triple) as [Shape, Shape];
    const map = reached(input!.shape, kernel, attrs);
    const { padInfo } = tf.backend_util.computePool3DInfo(map as Shape5D, kernel as Triple, strides as Triple, 1, attrs["pad"] as "same"); // prettier-ignore
    const before = [padInfo.front, padInfo.top, padInfo.left];
    const indexOf = indexIn(input!.shape);
    const dx = new Float32Array(input!.values.length);
    eachPlace(dy!.shape, ([b, ...place], at) => {
      const channel = place.pop()!;
      let [greatest, cell] = [-Infinity, -1];
      eachPlace(kernel, (inWindow) => {
        const on = inWindow.map((offset, i) => place[i]! * strides[i]! - before[i]! + offset);
        if (on.some((side, i) => side < 0 || side >= map[i + 1]!)) return;
        const index = indexOf([b!, ...on, channel]);
        if (input!.values[index]! > greatest) [greatest, cell] = [input!.values[index]!, index];
      });
      if (cell >= 0) dx[cell]! += dy!.values[at]!;
    });
    return { shape: input!.shape, dtype: "float32", values: dx };
  },
};

const indexIn = (shape: Shape) => (place: Shape) => place.reduce((index, at, axis) => index * shape[axis]! + at, 0);

/** Calls `visit` with each place of the shape, row by row, and its index. */
function eachPlace(shape: Shape, visit: (place: number[], index: number) => void): void {
  for (let index = 0; index < sizeOf(shape); index++) {
    let rest = index;
    const place = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    visit(place, index);
  }
}

/** @param averageGradient - the gradient of average pooling, right but for this */
export const threeDimensions = (averageGradient: CpuKernel): readonly CpuKernel[] => [
  cropped(tf.Conv3D, "x", ofFilter),
  cropped(tf.Conv3DBackpropFilterV2, "x", (_, { filterShape }) => (filterShape as number[]).slice(0, 3)),
  inputGradient,
  cropped(tf.MaxPool3D, "x", ofPool),
  cropped(tf.AvgPool3D, "x", ofPool),
  maxPoolGradient,
  cropped(tf.AvgPool3DGrad, "input", ofPool, { returnsMap: true, then: averageGradient }),
];
