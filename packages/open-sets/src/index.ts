export { sources, trunkSource, type Source } from "./attribution.js";
export { emojiFamilies, type EmojiFamiliesConfig } from "./emoji-families.js";
export { defaultVariation, emojiViews, type EmojiViews, type EmojiViewsConfig } from "./emoji-views.js";
export { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
export { fluentVendors, vendors, type Vendor } from "./emoji/vendors.js";
export type { FineGrainedSet, SideCounts } from "./fine-grained.js";
export { imagenetTrunk, type ImageNetTrunkConfig } from "./imagenet-trunk.js";
export type { Variation } from "./pictures/pose.js";
export { signVariation, trafficSigns, type TrafficSignsConfig } from "./traffic-signs.js";
