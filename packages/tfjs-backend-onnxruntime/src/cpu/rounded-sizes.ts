import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel } from "./cpu-kernel.js";

type Shape4D = [number, number, number, number];

/**
 * tfjs's gradient of average pooling rounds sizes down, whatever `dimRoundingMode` says. So the padding is made as wide
 * as the windows reach, where nothing is to be rounded.
 *
 * @param kernel - right but for this
 */
export const ofRoundedSizes = (kernel: CpuKernel): CpuKernel => ({
  name: kernel.name,
  wrong: `${kernel.wrong}; leaves out the last windows where sizes are rounded up`,
  run(inputs, attrs, stock) {
    const { filterSize, strides, pad, dimRoundingMode: mode } = attrs as unknown as tf.AvgPoolAttrs;
    if (!mode || mode === "floor") return kernel.run(inputs, attrs, stock);
    const info = tf.backend_util.computePool2DInfo(inputs["input"]!.shape as Shape4D, filterSize, strides, 1, pad, mode); // prettier-ignore
    const { top, left } = info.padInfo;
    const bottom = (info.outHeight - 1) * info.strideHeight + info.filterHeight - info.inHeight - top;
    const right = (info.outWidth - 1) * info.strideWidth + info.filterWidth - info.inWidth - left;
    const spelledOut = { ...attrs, pad: [[0, 0], [top, bottom], [left, right], [0, 0]], dimRoundingMode: "floor" }; // prettier-ignore
    return kernel.run(inputs, spelledOut, stock) ?? stock(inputs, spelledOut);
  },
});
