import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor as a kernel in JavaScript sees it. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

export type Inputs = Readonly<Record<string, Numbers>>;
export type Attrs = Readonly<Record<string, unknown>>;

/** tfjs's own kernel, for the cases in which it is right. */
export type Stock = (inputs: Inputs, attrs: Attrs) => Numbers;

/** Types and shapes of inputs, without the numbers. */
export type Infos = Readonly<Record<string, Pick<Numbers, "shape" | "dtype">>>;

/** A kernel in JavaScript that is right where that of tfjs-backend-cpu 4.22 is not. */
export interface CpuKernel {
  /** tfjs's name of the kernel. */
  readonly name: string;
  /** When tfjs's own is wrong, and what it gives then. */
  readonly wrong: string;
  /** Whether tfjs's own may be wrong for inputs of these types and shapes. Default: always. */
  when?(inputs: Infos, attrs: Attrs): boolean;
  /** The kernel's results; `undefined` where tfjs's own is right. */
  run(inputs: Inputs, attrs: Attrs, stock: Stock): Numbers | readonly Numbers[] | undefined;
}

const numeric: ReadonlySet<tf.DataType> = new Set(["float32", "int32", "bool"]);

const ours = new WeakSet<tf.KernelFunc>();

/**
 * The kernel as tfjs registers one, for the cpu backend or one that extends it. Strings and complex numbers are left to
 * `stock`; where that is such a kernel already, it is returned.
 */
export function kernelFunc({ run, when }: CpuKernel, stock: tf.KernelFunc): tf.KernelFunc {
  if (ours.has(stock)) return stock;
  const right: tf.KernelFunc = (call) => {
    const { inputs, attrs = {}, backend } = call;
    if (when && !when(inputs as Infos, attrs as Attrs)) return stock(call);
    const cpu = backend as MathBackendCPU;
    const numbers: Record<string, Numbers> = {};
    for (const name in inputs) {
      const x = inputs[name];
      if (!x) continue;
      if (!numeric.has(x.dtype)) return stock(call);
      numbers[name] = numbersOf(cpu, x);
    }
    const results = run(numbers, attrs as Attrs, stockOn(cpu, stock));
    if (!results) return stock(call);
    const infoOf = ({ shape, dtype, values }: Numbers) => cpu.makeTensorInfo([...shape], dtype, values);
    return "shape" in results ? infoOf(results) : results.map(infoOf);
  };
  ours.add(right);
  return right;
}

const numbersOf = (cpu: MathBackendCPU, { shape, dtype, dataId }: tf.TensorInfo): Numbers => ({
  shape,
  dtype,
  values: cpu.data.get(dataId).values as Float32Array,
});

/** Calls tfjs's own kernel with numbers, and leaves no tensor behind. */
const stockOn =
  (cpu: MathBackendCPU, stock: tf.KernelFunc): Stock =>
  (inputs, attrs) => {
    const infos = Object.entries(inputs).map(([name, { shape, dtype, values }]) => [name, cpu.makeTensorInfo([...shape], dtype, values)] as const); // prettier-ignore
    const result = stock({ inputs: Object.fromEntries(infos), attrs: attrs as tf.NamedAttrMap, backend: cpu }) as tf.TensorInfo; // prettier-ignore
    const numbers = numbersOf(cpu, result);
    for (const info of [...infos.map(([, info]) => info), result]) cpu.disposeIntermediateTensorInfo(info);
    return numbers;
  };

/** The function of each number; a loop, since `Float32Array.from` takes twenty times as long. */
export function mapped(values: Numbers["values"], f: (x: number, i: number) => number): Float32Array {
  const results = new Float32Array(values.length);
  for (let i = 0; i < results.length; i++) results[i] = f(values[i]!, i);
  return results;
}

/** For each number of the shape `out`, row by row, the index of the one in `shape` that broadcasts to it. */
export function broadcastIndices(shape: readonly number[], out: readonly number[]): Int32Array {
  const padded = [...new Array<number>(out.length - shape.length).fill(1), ...shape];
  let indices = Int32Array.of(0);
  out.forEach((side, axis) => {
    const longer = new Int32Array(indices.length * side);
    const step = padded[axis] === 1 ? 0 : 1;
    for (let i = 0; i < longer.length; i++)
      longer[i] = indices[Math.floor(i / side)]! * padded[axis]! + step * (i % side);
    indices = longer;
  });
  return indices;
}
