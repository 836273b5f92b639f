import * as tf from "@tensorflow/tfjs-core";
import { fixedValues, foldFactors, graphBuilder, loweringOf, phasesOf, type GraphBuilder, type Value } from "@fovea/onnx-graph"; // prettier-ignore
import { describe, expect, it } from "vitest";

const target = { block: 16, portable: false, parallel: false };
const lower = (g: GraphBuilder, kernel: string, inputs: readonly Value[], attrs: object = {}): Value =>
  loweringOf(kernel)!.lower(g, inputs, attrs as never) as Value;

/** relu(batchNorm(conv(x))), where all but x is given as variables are. */
function block() {
  const g = graphBuilder(target, { keepsBlocks: true, views: true });
  let number = 0;
  const input = (...shape: number[]) => g.input({ type: "float32", shape }, number++);
  const x = input(2, 20, 20, 16);
  const weights = [input(3, 3, 16, 32), ...[1, 2, 3, 4].map((n) => g.input({ type: "float32", shape: [32] }, 10 + n))];
  const y = lower(g, tf.Conv2D, [x, weights[0]!], { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 });
  const normed = lower(g, tf.FusedBatchNorm, [y, ...weights.slice(1)], { varianceEpsilon: 1e-3 });
  const out = g.stored(lower(g, tf.Relu, [normed]));
  return { g, weights: g.feeds.filter(({ from }) => from !== 0).map(({ value }) => value), out };
}

const constantsOf = (g: GraphBuilder) => new Set(g.initializers.map(({ value }) => value));

describe("foldFactors", () => {
  it("makes a batch norm with fixed numbers, and the ReLU, part of the convolution", () => {
    const { g, weights, out } = block();
    const nodes = foldFactors(g, g.emitted, fixedValues(g.emitted, new Set(weights), constantsOf(g), [out]), [out]);
    const convs = nodes.filter(({ op }) => op === "Conv");
    expect(g.emitted.filter(({ op }) => op === "Conv").length).toBeGreaterThan(1);
    expect(convs).toHaveLength(1);
    expect(convs[0]!.attributes).toMatchObject({ kernel_shape: [3, 3], pads: [1, 1, 1, 1], activation: "Relu" });
    expect(convs[0]!.attributes["group"]).toBeUndefined();
    expect(nodes.some(({ outputs }) => outputs.includes(out))).toBe(true);
  });

  it("leaves it alone where a number changes, or what is between them is read", () => {
    const { g, weights, out } = block();
    const fixed = (given: readonly Value[]) => fixedValues(g.emitted, new Set(given), constantsOf(g), [out]);
    const convolved = g.emitted.find(({ op }) => op === "Conv")!.outputs[0]!;
    expect(foldFactors(g, g.emitted, fixed(weights.slice(0, -1)), [out])).toEqual(g.emitted);
    expect(foldFactors(g, g.emitted, fixed(weights), [out, convolved])).toEqual(g.emitted);
  });
});

describe("phasesOf", () => {
  it("takes what is computed of fixed values alone out of each run", () => {
    const { g, weights, out } = block();
    const fixed = fixedValues(g.emitted, new Set(weights), constantsOf(g), [out]);
    const { once, each, kept } = phasesOf(g.emitted, fixed);
    expect(once.length + each.length).toBe(g.emitted.length);
    expect(each.map(({ op }) => op)).toEqual(expect.arrayContaining(["ReorderInput", "Conv", "ReorderOutput"]));
    expect(once.map(({ op }) => op)).toEqual(expect.arrayContaining(["Sqrt", "Mul"]));
    const made = new Set(once.flatMap(({ outputs }) => outputs));
    expect(new Set(each.flatMap(({ inputs }) => inputs).filter((x) => x && made.has(x)))).toEqual(new Set(kept));
  });

  it("keeps nothing that is much larger than what it is computed of", () => {
    const g = graphBuilder(target);
    const x = g.input({ type: "float32", shape: [64] }, 0);
    const wide = g.node("Expand", [x, g.constant("int64", [4096, 64])], { shape: [4096, 64] });
    expect(fixedValues(g.emitted, new Set([x]), constantsOf(g), []).has(wide)).toBe(false);
  });
});
