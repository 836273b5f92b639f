import { dropout as dropoutLayer, requireCounts, requireRates, sequential, subSeed } from "@fovea/nn";
import { convNormRelu, numbered, type Decoder } from "./decoder.js";

/** The configuration of `fcnDecoder`. */
export interface FcnDecoderConfig {
  /** Channels of the map that it reads. */
  readonly in: number;
  /** Channels of the features. Default: a quarter of `in`, at least 1. */
  readonly dim?: number | undefined;
  /** Dropout rate of the features. Default 0.1. */
  readonly dropout?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The plain decoder, which looks at a cell and its neighbours only:
 *
 *     features = dropout(relu(batchNorm(conv3x3(map))))
 *
 * torchvision's `FCNHead` without its classifier, and with the same names: `0.weight`, `1.bias`, `1.running_mean` …
 *
 * Ref: Long et al. 2015, arXiv:1411.4038; torchvision `fcn.py`.
 * @throws RangeError for channels below 1 or a rate outside [0, 1)
 */
export function fcnDecoder(config: FcnDecoderConfig): Decoder {
  const { in: input, dim = Math.max(1, Math.floor(input / 4)), dropout = 0.1, seed = 0 } = config;
  requireCounts("fcnDecoder", { in: input, dim });
  requireRates("fcnDecoder", { dropout });
  const layers = [...convNormRelu(input, dim, 3, subSeed(seed, "fcnDecoder")), dropoutLayer({ rate: dropout })];
  return { ...sequential(numbered(...layers)), in: input, dim };
}
