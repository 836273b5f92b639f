import * as tf from "@tensorflow/tfjs-core";
import { getThreads, setThreads } from "@fovea/tfjs-backend-onnxruntime";
import { describe, expect, it } from "vitest";

describe("kernels that index", () => {
  it.each([-1, 3])("GatherV2 does not take the index %i of 3", async (index) => {
    for (const backend of ["cpu", "onnxruntime"]) {
      await tf.setBackend(backend);
      const x = tf.zeros([3, 1000]);
      expect(() => tf.gather(x, tf.tensor1d([0, index], "int32"))).toThrow(`GatherV2: the index value ${index} is not in [0, 2]`); // prettier-ignore
      x.dispose();
    }
  });

  it("scatters and gathers do not reach out of their tensor", async () => {
    for (const backend of ["cpu", "onnxruntime"]) {
      await tf.setBackend(backend);
      const [outside, updates] = [tf.tensor2d([[2, 0]], [1, 2], "int32"), tf.ones([1, 2000])];
      const message = "Invalid indices: 2,0 does not index into 2,1,2000";
      expect(() => tf.scatterND(outside, updates, [2, 1, 2000])).toThrow(message);
      expect(() => tf.gatherND(tf.zeros([2, 1, 2000]), outside)).toThrow(message);
      expect(() => tf.tensorScatterUpdate(tf.zeros([2, 1, 2000]), outside, updates)).toThrow(message);
    }
  });

  it("UnsortedSegmentSum of many rows in one segment, where threads would meet", async () => {
    await tf.setBackend("onnxruntime");
    const threads = getThreads();
    setThreads(4);
    const rows = 20_000;
    const [x, ids] = [tf.ones([rows, 64]), tf.zeros([rows], "int32") as tf.Tensor1D];
    for (let run = 0; run < 20; run++) {
      const sums = tf.unsortedSegmentSum(x, ids, 1);
      expect(new Set(sums.dataSync())).toEqual(new Set([rows]));
    }
    setThreads(threads);
  });
});
