import type { Naming } from "./naming.js";
import { timmMobileNetV2 } from "./timm-mobile-net-v2.js";
import { timmVgg } from "./timm-vgg.js";

/** torchvision's names are those of the backbones, and timm's of ResNet, too; so are Keras' of MobileNetV2. */
const published: Naming = { name: "the published names", rename: (key) => key };

/** The namings that are tried; of several that fit equally well, the first. */
const namings = [published, timmMobileNetV2, timmVgg];

/** The last layer of a classifier: in ResNet, MobileNetV2 and VGG of torchvision, and in Keras applications. */
const LAST_LAYER = /^(fc|classifier\.1|classifier\.6|predictions)[./](?=(weight|bias|kernel)$)/;

/** Whether a name here is one of the last layer of a classifier. */
export const inLastLayer = (key: string): boolean => LAST_LAYER.test(key);

/** Whether a name here is one of a classifier: what stands behind an encoder. */
export const inClassifier = (key: string): boolean => /^(fc|classifier|predictions)[./]/.test(key);

/**
 * The translation of published names under which most tensors find a weight. The last layer of a classifier finds that
 * of the module whatever its name: `classifier.1.weight` is `fc.weight` in a module that has only that.
 *
 * @param own - the names of the module's weights
 * @param given - the published names
 */
export function matchNames(own: readonly string[], given: readonly string[]): (key: string) => string {
  const known = new Set(own);
  const hits = ({ rename }: Naming) => given.filter((key) => known.has(rename(key))).length;
  const best = namings.reduce((best, naming) => (hits(naming) > hits(best) ? naming : best));
  const lastLayer = own.find(inLastLayer)?.match(LAST_LAYER)?.[0];
  return (key) => {
    const renamed = best.rename(key);
    return known.has(renamed) || lastLayer === undefined ? renamed : renamed.replace(LAST_LAYER, lastLayer);
  };
}
