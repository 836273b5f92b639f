import * as tf from "@tensorflow/tfjs-core";
import { moduleOf } from "@fovea/nn";
import { tokenFusion } from "../../src/index.js";
import { after, before, counter, fresh, merge, scaling, sequences, vectors, type Broken } from "./broken.js";

const calls = counter();
let latest: tf.Variable | undefined;
let shared: tf.Variable | undefined;
let constant: tf.Tensor | undefined;

/** Bugs of memory, and of one instance beside another. */
export const brokenInstances: readonly Broken[] = [
  {
    what: "leaks what it computes on the way",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs",
    make: () => vectors({ merge: (x, mask, ctx) => merge(tf.mul(x, 1), mask, ctx) }),
  },
  {
    what: "leaks in training",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs. (last merge: 1 views, mask 1 1 1, in training)",
    make: () => vectors({ merge: (x, mask, ctx) => merge(ctx.training ? tf.mul(x, 1) : x, mask, ctx) }),
  },
  {
    what: "leaks in its mergeMask",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs",
    views: sequences,
    make: () => {
      const inner = tokenFusion({ dim: 5, slots: 3 });
      return { ...inner, mergeMask: (mask, tokens) => inner.mergeMask!(tf.mul(mask, 1), tokens) };
    },
  },
  {
    what: "forgets to dispose its params",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs",
    make: () => vectors({ ...moduleOf({ scale: fresh() }), dispose: () => {} }),
  },
  {
    what: "disposes the views",
    breaks: "disposes and changes nothing it was given",
    says: "disposed the views it was given, or returned them",
    make: () =>
      vectors({
        merge: (x, mask, ctx) => {
          const merged = merge(x, mask, ctx);
          x.dispose();
          return merged;
        },
      }),
  },
  {
    what: "disposes the mask in training",
    breaks: "disposes and changes nothing it was given",
    says: "disposed the mask it was given, or returned it",
    make: () =>
      vectors({
        merge: (x, mask, ctx) => {
          const merged = merge(x, mask, ctx);
          if (ctx.training) mask?.dispose();
          return merged;
        },
      }),
  },
  {
    what: "returns a tensor that is disposed",
    breaks: "disposes and changes nothing it was given",
    says: "returned a tensor that is disposed",
    make: () =>
      vectors({
        merge: (x, mask, ctx) => {
          const merged = merge(x, mask, ctx);
          merged.dispose();
          return merged;
        },
      }),
  },
  {
    what: "moves a param while it merges",
    breaks: "changes no weight",
    says: "merging changes the weight `scale`",
    make: () => {
      const scale = fresh();
      return after((y) => (scale.assign(tf.add(scale, 1)), tf.mul(y, 2)), { scale });
    },
  },
  {
    what: "moves its running mean in inference",
    breaks: "changes no weight",
    says: "merging changes the weight `mean`",
    make: () => {
      const mean = fresh();
      const broken = after((y) => (mean.assign(tf.mean(y, 0)), y));
      return { ...broken, ...moduleOf({}, { mean }) };
    },
  },
  {
    what: "draws noise of its own",
    breaks: "gives the same twice",
    says: "the same views merge to something else the second time",
    make: () => after((y) => tf.add(y, calls())),
  },
  {
    what: "draws noise of its own in training",
    breaks: "gives the same twice",
    says: "merge to something else the second time (last merge: 7 views, mask 0111111 0100000 1111110, in training)",
    make: () => after((y, { ctx }) => (ctx.training ? tf.add(y, calls()) : y)),
  },
  {
    what: "drops out in inference",
    breaks: "gives the same twice",
    says: "expected a pass without random numbers, but one was drawn",
    make: () => after((y, { ctx }) => tf.mul(y, ctx.rng.uniform(1)[0]!)),
  },
  {
    what: "hands out a tap that is freed",
    breaks: "gives the same twice",
    says: "disposed",
    make: () =>
      after((y, { ctx }) => {
        const value = tf.mul(y, 1);
        value.dispose();
        ctx.tap?.("value", value);
        return y;
      }),
  },
  {
    what: "starts from another seed each time",
    breaks: "gives the same twice",
    says: "two instances of one config differ",
    make: () => scaling(fresh(calls())),
  },
  {
    what: "names its variable for all of TensorFlow.js",
    breaks: "gives the same twice",
    says: "Variable with name scale was already registered",
    make: () => scaling(tf.variable(tf.ones([5]), true, "scale")),
  },
  {
    what: "remembers the number of views of its first call",
    breaks: "forgets earlier calls",
    says: "one view merge to something else after earlier calls with other views",
    make: () => {
      let count: number | undefined;
      return after((y, { x }) => tf.mul(y, (count ??= x.shape[1]!)));
    },
  },
  {
    what: "remembers its first mask",
    breaks: "forgets earlier calls",
    says: "merge to something else after earlier calls with other views",
    make: () => {
      let share: number[] | undefined;
      return after((y, { mask }) => (mask ? tf.mul(y, (share ??= [...tf.mean(mask).dataSync()])) : y));
    },
  },
  {
    what: "remembers the kind of its first pass",
    breaks: "forgets earlier calls",
    says: "one view merge to something else after earlier calls with other views",
    make: () => {
      let training: boolean | undefined;
      return after((y, { ctx }) => ((training ??= ctx.training) ? tf.mul(y, 2) : y));
    },
  },
  {
    what: "shares its weights with every instance",
    breaks: "shares nothing with another instance",
    says: "two instances share the weight `scale`",
    make: () => {
      return { ...scaling((shared ??= fresh())), dispose: () => {} };
    },
  },
  {
    what: "merges with the weights of the newest instance",
    breaks: "shares nothing with another instance",
    says: "training an instance changes another one",
    make: () => {
      const scale = (latest = fresh());
      return after((y) => tf.mul(y, latest!), { scale });
    },
  },
  {
    what: "frees a constant that all instances use",
    breaks: "shares nothing with another instance",
    says: "disposing an instance changes another one",
    make: () => {
      if (!constant || constant.isDisposed) constant = tf.keep(tf.scalar(2));
      const mine = constant;
      return { ...before((x) => tf.mul(x, mine)), dispose: () => mine.dispose() };
    },
  },
  {
    what: "remembers its first weights",
    breaks: "gives the same after its weights are copied by name",
    says: "a new instance with the same weights computes something else",
    make: () => {
      const scale = fresh();
      let memory: number[] | undefined;
      return after((y) => tf.mul(y, (memory ??= [...scale.dataSync()])), { scale });
    },
  },
  {
    what: "numbers its weights through",
    breaks: "gives the same after its weights are copied by name",
    says: "a new instance has the weights scale",
    make: () => {
      const scale = fresh();
      return after((y) => tf.mul(y, scale), { [`scale${calls()}`]: scale });
    },
  },
];
