import { inBlocks, type Data } from "@fovea/onnx-graph";
import { kernelGraph } from "./kernel-graph.js";
import { modelOf } from "./kernel-model.js";
import { portsOf } from "./ports.js";
import { createSession } from "./session.js";

let found: number | undefined;

/**
 * Channels in a block of this machine's blocked layout: 16 with AVX-512, 8 with AVX, 1 where ONNX Runtime has no such
 * kernels. It does not tell; so a small convolution is tried, and the right block is the one whose result is right.
 */
export const blockSize = (): number => (found ??= [16, 8].find(isRight) ?? 1);

const channels = 16;

/** A 1 × 1 convolution with a different weight in each place, so that no other order of them gives the same. */
function isRight(block: number): boolean {
  const x = Float32Array.from({ length: channels }, (_, i) => i - 7);
  const filter = Float32Array.from({ length: channels * channels }, (_, i) => (i % 23) - 11);
  const y = new Float32Array(channels);
  try {
    convolveOnce(block, x, filter, y);
  } catch {
    return false;
  }
  return y.every((value, o) => value === x.reduce((sum, xi, i) => sum + xi * filter[i * channels + o]!, 0));
}

function convolveOnce(block: number, x: Data, filter: Data, y: Data): void {
  const shapes = [[1, 1, 1, channels], [1, 1, channels, channels]]; // prettier-ignore
  const graph = kernelGraph(shapes.map((shape) => ({ type: "float32", shape })), { block, portable: false, parallel: false }); // prettier-ignore
  const one = [1, 1] as const;
  const none = [0, 0] as const;
  const window = { kernel: one, strides: one, dilations: one, before: none, after: none, input: one, output: one };
  const result = inBlocks(graph, graph.inputs[0]!, graph.inputs[1]!, window);
  const session = createSession(modelOf(graph, [result]), 1);
  try {
    const ports = portsOf(graph.feeds, [result]);
    ports.put([x, filter], [y]);
    session.run(ports);
  } finally {
    session.dispose();
  }
}
