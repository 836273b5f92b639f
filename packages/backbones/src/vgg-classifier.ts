import * as tf from "@tensorflow/tfjs-core";
import {
  activation,
  adaptiveAveragePool2d,
  dropout,
  joinModules,
  linear,
  requireCounts,
  requireRates,
  scope,
  sequential,
  subSeed,
  type ImageEncoder,
} from "@fovea/nn";
import type { Classifier } from "./classifier.js";

/** The configuration of `vggClassifier`. */
export interface VggClassifierConfig {
  /** Number of classes. */
  readonly classes: number;
  /** Units of each of the two hidden layers. Default: 8 times the channels of the map, 4096 for 512. */
  readonly hidden?: number | undefined;
  /** Height and width of the averaged map, in cells. Default 7. */
  readonly cells?: number | undefined;
  /** Dropout rate before the second and the third linear layer. Default 0.5. */
  readonly dropout?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * An encoder with the classifier of VGG: the last map is averaged to 7 × 7 cells, followed by three linear layers with
 * ReLU and dropout in between, `classifier.0`, `classifier.3` and `classifier.6` in torchvision. With 512 channels and
 * 1000 classes it has 123,642,856 weights, nine tenths of the network. It owns the encoder: `dispose` disposes it, too.
 *
 * The inputs of `classifier.0.weight` are in the order in which PyTorch flattens, channel by channel, so that
 * torchvision's weights fit.
 *
 * Ref: Simonyan & Zisserman 2014, arXiv:1409.1556.
 * @throws RangeError for sizes below 1 or a rate outside [0, 1)
 */
export function vggClassifier(encoder: ImageEncoder, config: VggClassifierConfig): Classifier {
  const { classes, hidden = 8 * encoder.dim, cells = 7, dropout: rate = 0.5, seed = 0 } = config;
  requireCounts("vggClassifier", { classes, hidden, cells });
  requireRates("vggClassifier", { dropout: rate });
  const pool = adaptiveAveragePool2d({ cells });
  const layer = (at: number, from: number, to: number) =>
    linear({ in: from, out: to, seed: subSeed(seed, "classifier", at) });
  const head = sequential({
    0: layer(0, encoder.dim * cells * cells, hidden),
    1: activation("relu"),
    2: dropout({ rate }),
    3: layer(3, hidden, hidden),
    4: activation("relu"),
    5: dropout({ rate }),
    6: layer(6, hidden, classes),
  });
  return {
    ...joinModules({ "": encoder, classifier: head }),
    forward: (images, ctx) =>
      tf.tidy(() => {
        const map = tf.transpose(pool.forward(encoder.maps(images, ctx)[0]!, ctx), [0, 3, 1, 2]); // channels first
        return head.forward(tf.reshape(map, [images.shape[0], -1]), scope(ctx, "classifier")) as tf.Tensor2D;
      }),
  };
}
