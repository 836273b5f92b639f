import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import * as nn from "../../src/index.js";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";

const ctx = nn.inferenceContext();
const conv2d = () => nn.conv2d({ in: 3, out: 2, kernel: 3 });
const depthwiseConv2d = () => nn.depthwiseConv2d({ channels: 3, kernel: 3 });
const maps: Readonly<Record<string, () => nn.Layer>> = {
  conv2d,
  depthwiseConv2d,
  maxPool2d: () => nn.maxPool2d({ kernel: 2 }),
  adaptiveAveragePool2d: () => nn.adaptiveAveragePool2d({ cells: 2 }),
  averagePool2d: () => nn.averagePool2d({ kernel: 2 }),
};

describeOnEngines("a layer", () => {
  it.each(Object.entries(maps))("%s asks for floats, in its own words", (name, make) => {
    const images = tf.ones([2, 4, 4, 3], "int32");
    expect(() => make().forward(images, ctx)).toThrow(
      `${name}: expected \`x\` of dtype float32, got int32; \`tf.cast(x, "float32")\` converts it.`,
    );
  });

  it.each<[string, () => nn.Layer, readonly number[]]>([
    ...Object.entries(maps).map(([name, make]): [string, () => nn.Layer, number[]] => [name, make, [0, 4, 4, 3]]),
    ["flatten", nn.flatten, [0, 5]],
    ["globalAveragePool", () => nn.pureLayer(nn.globalAveragePool), [0, 4, 4, 3]],
    ["globalAveragePool", () => nn.pureLayer(nn.globalAveragePool), [2, 0, 4, 3]],
    ["groupNorm", () => nn.groupNorm({ channels: 4, groups: 2 }), [0, 4]],
    ["multiHeadAttention", () => nn.multiHeadAttention({ dim: 4, heads: 2 }), [0, 3, 4]],
    ["multiHeadAttention", () => nn.multiHeadAttention({ dim: 4, heads: 2 }), [2, 0, 4]],
  ])("%s says that it was given nothing", (name, make, shape) => {
    expect(() => make().forward(tf.zeros([...shape]), ctx)).toThrow(
      `${name}: expected \`x\` with at least one number, got [${shape.join(", ")}].`,
    );
  });
});
