export { classifier, type Classifier, type ClassifierConfig } from "./classifier.js";
export { convNet, type ConvNetConfig } from "./conv-net.js";
export { encoderOf, type EncoderPlan, type StagePlan } from "./encoder-of.js";
export { layersModelEncoder, type LayersModelEncoderOptions, type LayersModelStage } from "./layers-model-encoder.js";
export type { LayerLike, LayersModelLike, LayerVariableLike, SymbolicTensorLike } from "./layers-model.js";
export { mobileNetV2, type MobileNetV2Config } from "./mobile-net-v2.js";
export { resNet, type ResNetConfig } from "./res-net.js";
export { vgg16Bn, type Vgg16BnConfig } from "./vgg16-bn.js";
export { vggClassifier, type VggClassifierConfig } from "./vgg-classifier.js";
