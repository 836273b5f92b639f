import { backend_util } from "@tensorflow/tfjs-core";

type Pair = readonly [number, number];

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
  /** Zeros before and after the input. */
  readonly padHeight: Pair;
  readonly padWidth: Pair;
}

/** The attributes that tfjs hands to the backprop kernels of convolutions. */
export interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly dilations?: [number, number] | number;
}

type Shape4D = [number, number, number, number];

/** @throws Error for NCHW, which the wasm backend does not have in the forward direction either */
export function convGeometry(
  kernel: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dataFormat = "NHWC", dimRoundingMode, dilations = 1 }: ConvAttrs,
  depthwise = false,
): ConvGeometry {
  if (dataFormat !== "NHWC")
    throw new Error(`${kernel}: the wasm backend has convolutions in NHWC only, got dataFormat ${dataFormat}.`);
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
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
