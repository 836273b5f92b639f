export { sources, trunkSource, type Source } from "./attribution.js";
export { emojiFamilies, type EmojiFamiliesConfig } from "./emoji-families.js";
export {
  defaultSceneGroups,
  defaultSceneVariation,
  emojiScenes,
  type EmojiScenes,
  type EmojiScenesConfig,
  type SceneVariation,
} from "./emoji-scenes.js";
export {
  emojiTexts,
  emojiTextKinds,
  textClassNames,
  type EmojiText,
  type EmojiTexts,
  type EmojiTextsConfig,
} from "./emoji-texts.js";
export { defaultVariation, emojiViews, type EmojiViews, type EmojiViewsConfig } from "./emoji-views.js";
export { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
export type { TextClassName } from "./emoji/text-classes.js";
export { fluentVendors, vendors, type Vendor } from "./emoji/vendors.js";
export type { FineGrainedSet, SplitCounts } from "./fine-grained.js";
export { imagenetTrunk, type ImageNetTrunkConfig } from "./imagenet-trunk.js";
export { landAndSea, type LandAndSea, type LandAndSeaConfig, type Longitudes } from "./land-and-sea.js";
export { needleSigns, needleVariation, type NeedleSigns, type NeedleSignsConfig } from "./needle-signs.js";
export { pretrainingSigns } from "./pretraining-signs.js";
export type { Variation } from "./rendering/pose.js";
export type { Scene } from "./scenes/scene.js";
export type { SignVariation } from "./scenes/signs-in-scene.js";
export type { WriteOptions } from "./scenes/write-tiles.js";
export { signVariation, trafficSigns, type TrafficSignsConfig } from "./traffic-signs.js";
export { wordVectors, wordVectorSource } from "./word-vectors.js";
