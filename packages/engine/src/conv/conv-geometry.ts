import { backend_util } from "@tensorflow/tfjs-core";

type Pair = readonly [number, number];
type Shape4D = [number, number, number, number];

/** What a convolution's gradients need to know of it; every pair is [along height, along width]. */
export interface ConvGeometry {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Zeros [before, after] the input. */
  readonly padHeight: Pair;
  readonly padWidth: Pair;
}

/** The attributes with which tfjs calls the kernels of convolutions. */
export interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  /** tfjs-layers passes null for none. */
  readonly dilations?: [number, number] | number | null;
}

/** @throws Error for NCHW, in which the wasm backend has no convolution at all */
export function convGeometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttrs,
  depthwise: boolean,
): ConvGeometry {
  const { strides, pad, dataFormat = "NHWC", dimRoundingMode } = attrs;
  if (dataFormat !== "NHWC")
    throw new Error(`Convolutions here are in NHWC only, got dataFormat ${String(dataFormat)}.`);
  const [input, filter] = [inputShape as Shape4D, filterShape as Shape4D];
  // Given a number, tfjs computes the width of the output with the height of the kernel.
  const padding = typeof pad === "number" ? explicitPadding([pad, pad], [pad, pad]) : pad;
  const info = backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    attrs.dilations ?? 1,
    padding,
    dimRoundingMode,
    depthwise,
  );
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padHeight: [info.padInfo.top, info.padInfo.bottom],
    padWidth: [info.padInfo.left, info.padInfo.right],
  };
}

export const explicitPadding = ([top, bottom]: Pair, [left, right]: Pair): backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];
