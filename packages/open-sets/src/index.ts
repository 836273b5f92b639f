export { sources, trunkSource, type Source } from "./attribution.js";
export { defaultVariation, emojiViews, type EmojiViews, type EmojiViewsConfig } from "./emoji-views.js";
export { emojiGroups, type EmojiGroup } from "./emoji/catalogue.js";
export type { Variation } from "./emoji/pose.js";
export { fluentVendors, vendors, type Vendor } from "./emoji/vendors.js";
export { imagenetTrunk, type ImageNetTrunkConfig } from "./imagenet-trunk.js";
