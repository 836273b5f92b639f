import * as tf from "@tensorflow/tfjs-core";
import { requireCounts, variable } from "@fovea/nn";
import { attentionFusion } from "../../src/index.js";
import { after, before, fresh, scaling, vectors, type Broken } from "./broken.js";

interface Config {
  dim: number;
  seed?: number;
}

/** Bugs of configs. */
export const brokenConfigs: readonly Broken[] = [
  {
    what: "is made from a function",
    breaks: "is made from a config of plain JSON",
    says: "`config.inner.activation` is not plain JSON",
    config: { inner: { activation: tf.tanh } },
    make: ({ inner }: { inner: { activation: (x: tf.Tensor) => tf.Tensor } }) => before(inner.activation),
  },
  {
    what: "is made from infinity",
    breaks: "is made from a config of plain JSON",
    says: "`config.0` is not plain JSON",
    config: [Infinity],
    make: () => vectors({}),
  },
  {
    what: "changes its config",
    breaks: "is made from a config of plain JSON",
    says: "`make` changes the config that it is given",
    config: { dim: 5 },
    make: (config: Config) => {
      config.seed = (config.seed ?? 0) + 1;
      return vectors({});
    },
  },
  {
    what: "takes any config",
    breaks: "refuses a wrong config before it allocates",
    says: 'for the config {"dim":0}, got a fusion',
    wrongConfigs: [{ dim: 0 }],
    make: () => vectors({}),
  },
  {
    what: "refuses in the name of no one",
    breaks: "refuses a wrong config before it allocates",
    says: 'expected a RangeError that starts with "meanFusion: " for the config {"dim":0}',
    wrongConfigs: [{ dim: 0 }],
    make: (config?: Config) => {
      if (config?.dim === 0) throw new RangeError("bad dim");
      return vectors({});
    },
  },
  {
    what: "allocates before it checks its config",
    breaks: "refuses a wrong config before it allocates",
    says: '1 tensors were allocated before the config {"dim":0} was refused',
    config: { dim: 5 },
    wrongConfigs: [{ dim: 0 }],
    make: ({ dim }: Config) => {
      const scale = fresh();
      requireCounts("meanFusion", { dim });
      return scaling(scale);
    },
  },
  {
    what: "ignores its seed",
    breaks: "starts from its seed",
    says: "another `seed` gives the same weights",
    config: { dim: 5, hidden: 3, seed: 4 },
    make: ({ dim }: Config) => attentionFusion({ dim }),
  },
  {
    what: "gives two params one seed",
    breaks: "starts from its seed",
    says: "two params start with the same numbers",
    config: { dim: 5, seed: 4 },
    make: ({ dim, seed = 0 }: Config) => {
      const [scale, shift] = [variable("xavierUniform", [1, dim], seed), variable("xavierUniform", [1, dim], seed)];
      return after((y) => tf.add(tf.mul(y, scale), shift), { scale, shift });
    },
  },
];
