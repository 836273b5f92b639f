/** Vendors whose emoji drawings may be used, changed and passed on. */
export const vendors = [
  "noto",
  "noto-v1",
  "twemoji",
  "emojione",
  "fluent-emoji",
  "fluent-emoji-flat",
  "fluent-3d",
] as const;

/** The vendor of a drawing. */
export type Vendor = (typeof vendors)[number];

/** One drawing in three finishes: whoever has learned one of them has seen the others. */
export const fluentVendors: readonly Vendor[] = ["fluent-emoji", "fluent-emoji-flat", "fluent-3d"];

/** The npm package that a vendor's drawings come from. */
export const packageOf = (vendor: Vendor): string =>
  vendor === "fluent-3d" ? "@lobehub/fluent-emoji-3d" : `@iconify-json/${vendor}`;
