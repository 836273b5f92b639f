import { sizeOf, type Data, type Feed, type Value } from "@fovea/onnx-graph";
import type { NativeTensor } from "./binding.js";
import { unreadable } from "./kernel-model.js";

/** What a session is fed and what it fills, made once; each run puts its arrays in. */
export interface Ports {
  readonly feeds: Readonly<Record<string, NativeTensor>>;
  readonly fetches: Readonly<Record<string, NativeTensor | null>>;
  /** @param numbers - of the kernel's inputs; fed in full or in part, under each shape that the graph reads them in */
  put(numbers: readonly Data[], outputs: readonly Data[]): void;
  /** Lets go of the arrays. */
  clear(): void;
}

/** Bytes of outputs from which an exception costs less than a copy of them. */
const copied = 65536;

const nothing = new Float32Array(0);

/**
 * onnxruntime-node writes outputs into the arrays that it is given, then copies each into a fresh array that nobody
 * asked for; memory new to the process and its collection make that several times the cost of most kernels. It does so
 * in the order of the model's outputs, so where these are large an output that it cannot show is asked for first: it
 * throws when everything is computed and nothing is copied.
 */
export function portsOf(feeds: readonly Feed[], outputs: readonly Value[]): Ports {
  const fed = feeds.map(({ value, from, start }) => ({
    tensor: tensorOf(value, typeof from === "number" ? nothing : from),
    name: value.name,
    from,
    start,
    end: start + sizeOf(value.shape),
  }));
  const given = fed.filter((port): port is typeof port & { from: number } => typeof port.from === "number");
  const filled = outputs.map((value) => ({ name: value.name, tensor: tensorOf(value, nothing) }));
  const large = outputs.reduce((bytes, { type, shape }) => bytes + sizeOf(shape) * (type === "bool" ? 1 : 4), 0) >= copied; // prettier-ignore
  const byName = (ports: readonly { name: string; tensor: NativeTensor }[]) =>
    Object.fromEntries(ports.map(({ name, tensor }) => [name, tensor]));
  return {
    feeds: byName(fed),
    fetches: { ...byName(filled), ...(large && { [unreadable.name]: null }) },
    put(numbers, arrays) {
      for (const { tensor, from, start, end } of given) {
        const all = numbers[from]!;
        fill(tensor, end - start === all.length ? all : all.subarray(start, end));
      }
      filled.forEach(({ tensor }, i) => fill(tensor, arrays[i]!));
    },
    clear() {
      for (const { tensor } of given) fill(tensor, nothing);
      for (const { tensor } of filled) fill(tensor, nothing);
    },
  };
}

function fill(tensor: NativeTensor, data: Data): void {
  tensor.data = data;
  tensor.cpuData = data;
}

/** Numbers as the native code takes them; no copy. */
export const tensorOf = ({ type, shape }: Value, data: Data): NativeTensor => ({
  type,
  dims: shape,
  data,
  cpuData: data,
  location: "cpu",
});
