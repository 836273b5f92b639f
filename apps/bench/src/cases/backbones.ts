import * as tf from "@tensorflow/tfjs-core";
import { convNet, mobileNetV2, resNet, vgg16Bn } from "@fovea/backbones";
import type { ImageEncoder } from "@fovea/nn";
import type { Case, Size } from "./case.js";
import { randomImages } from "./inputs.js";

type Shape = Pick<Case, "batch" | "image" | "modes" | "peer">;

const on224: Shape = { batch: [1, 16], image: { full: 224, tiny: 64 }, modes: ["infer"], peer: true };

/**
 * Every encoder: images to a vector. Its training step minimizes the mean square of that vector. Where a name ends in
 * 224, the images are as large as those that such encoders are compared on, and inference is measured.
 */
export const backbones: readonly Case[] = [
  backbone("conv-net", { batch: 16, image: { full: 32, tiny: 32 } }, ({ tiny, seed }) =>
    convNet({ channels: tiny ? [4, 8] : [32, 64, 128], seed }),
  ),
  backbone("mobilenet-v2", { batch: 4, image: { full: 96, tiny: 64 } }, ({ tiny, seed }) =>
    mobileNetV2({ alpha: tiny ? 0.1 : 1, seed }),
  ),
  backbone("resnet-18", { batch: 4, image: { full: 64, tiny: 64 } }, ({ tiny, seed }) =>
    resNet({ depth: 18, width: tiny ? 4 : 64, seed }),
  ),
  backbone("resnet-50", { batch: 2, image: { full: 64, tiny: 64 } }, ({ tiny, seed }) =>
    resNet({ depth: 50, width: tiny ? 4 : 64, seed }),
  ),
  backbone("vgg16-bn", { batch: 2, image: { full: 32, tiny: 32 } }, ({ tiny, seed }) =>
    vgg16Bn({ width: tiny ? 4 : 64, seed }),
  ),
  backbone("resnet-18-224", on224, ({ tiny, seed }) => resNet({ depth: 18, width: tiny ? 4 : 64, seed })),
  backbone("mobilenet-v2-224", on224, ({ tiny, seed }) => mobileNetV2({ alpha: tiny ? 0.1 : 1, seed })),
  backbone("vgg16-bn-224", on224, ({ tiny, seed }) => vgg16Bn({ width: tiny ? 4 : 64, seed })),
];

function backbone(name: string, shape: Shape, make: (size: Size) => ImageEncoder): Case {
  return {
    name: `backbone/${name}`,
    ...shape,
    multiView: false,
    make(size) {
      const encoder = make(size);
      const images = randomImages([size.batch, size.image, size.image, encoder.inChannels], size.seed) as tf.Tensor4D;
      return {
        params: encoder.params,
        inputs: {},
        data: { images },
        forward: (ctx) => encoder.vector(images, ctx),
        loss: (ctx) => tf.tidy(() => tf.mean(tf.square(encoder.vector(images, ctx)))),
        dispose: () => [encoder, images].forEach((part) => part.dispose()),
      };
    },
  };
}
