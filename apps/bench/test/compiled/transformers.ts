import * as transformers from "@fovea/transformers";
import * as tf from "@tensorflow/tfjs-core";
import { ofInputs, ofModule, type Makers } from "./subjects.js";

const positions = ["learned", "sinusoidal", "none"] as const;
const padded = () => tf.tensor2d([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 1]], [3, 5], "int32"); // prettier-ignore
const size = { dim: 8, depth: 2, heads: 2 };

export const transformerMakers: Makers = {
  attentionRollout: () =>
    ofInputs({ a: [2, 2, 4, 4], b: [2, 2, 4, 4] }, ({ a, b }) => transformers.attentionRollout([a, b])),
  classTokenAttention: () =>
    ofInputs({ a: [2, 2, 4, 4], b: [2, 2, 4, 4] }, ({ a, b }) => transformers.classTokenAttention([a, b])),
  classifierHead: () =>
    ofModule(transformers.classifierHead({ dim: 8, classes: 5, dropout: 0.3 }), { x: [6, 8] }, (m, { x }, ctx) =>
      m.forward(x, ctx),
    ),
  ...Object.fromEntries(
    positions.map((position) => [
      `mapTokenizer ${position}`,
      () =>
        ofModule(
          transformers.mapTokenizer({ channels: 4, height: 2, width: 3, dim: 8, position, classToken: position !== "none" }), // prettier-ignore
          { map: [3, 2, 3, 4] },
          (m, { map }, ctx) => m.forward(map, ctx),
        ),
    ]),
  ),
  transformerEncoder: () =>
    ofModule(transformers.transformerEncoder(size), { x: [3, 5, 8] }, (m, { x }, ctx) => m.forward(x, ctx)),
  "transformerEncoder with dropout": () =>
    ofModule(
      transformers.transformerEncoder({ ...size, dropout: 0.2, dropPath: 0.3 }),
      { x: [3, 5, 8] },
      (m, { x }, ctx) => m.forward(x, ctx, padded()),
    ),
};

export const transformersAside: readonly string[] = [];
