/** Something made by others that a set or a trunk consists of. */
export interface Source {
  /** The npm package it comes in. */
  readonly package: string;
  /** What is used of it. */
  readonly what: string;
  /** Who made that, as the package says. */
  readonly author: string;
  /** Where it was first published, as the package says. */
  readonly origin: string;
  /** SPDX identifier. */
  readonly license: string;
  /** The text of the licence: an address given by the package, or a file inside of it. */
  readonly licenseText: string;
}

const google = {
  author: "Google Inc",
  origin: "https://github.com/googlefonts/noto-emoji",
  license: "Apache-2.0",
  licenseText: "https://github.com/googlefonts/noto-emoji/blob/main/svg/LICENSE",
};
const microsoft = {
  author: "Microsoft Corporation",
  origin: "https://github.com/microsoft/fluentui-emoji",
  license: "MIT",
  licenseText: "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE",
};
const ccBy = { license: "CC-BY-4.0", licenseText: "https://creativecommons.org/licenses/by/4.0/" };

/** Everything that this package takes from others. */
export const sources: readonly Source[] = [
  { package: "@iconify-json/noto", what: "drawings", ...google },
  { package: "@iconify-json/noto-v1", what: "drawings", ...google },
  {
    package: "@iconify-json/twemoji",
    what: "drawings",
    author: "Twitter",
    origin: "https://github.com/jdecked/twemoji",
    ...ccBy,
  },
  {
    package: "@iconify-json/emojione",
    what: "drawings",
    author: "Emoji One",
    origin: "https://github.com/EmojiTwo/emojitwo",
    ...ccBy,
  },
  { package: "@iconify-json/fluent-emoji", what: "drawings", ...microsoft },
  { package: "@iconify-json/fluent-emoji-flat", what: "drawings", ...microsoft },
  {
    package: "@lobehub/fluent-emoji-3d",
    what: "drawings",
    author: "Microsoft (drawings), LobeHub (package)",
    origin: "https://github.com/lobehub/fluent-emoji",
    license: "MIT",
    licenseText: "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE",
  },
  {
    package: "emojibase-data",
    what: "names and groups of the emojis",
    author: "Miles Johnson",
    origin: "git@github.com:milesj/emojibase.git",
    license: "MIT",
    licenseText: "LICENSE",
  },
  {
    package: "three-globe",
    what: "photographs of the Earth (backgrounds), which the package does not credit; they look like NASA's",
    author: "Vasco Asturiano",
    origin: "https://github.com/vasturiano/three-globe",
    license: "MIT",
    licenseText: "LICENSE",
  },
  {
    package: "nsfwjs",
    what: "weights of a MobileNetV2 (the trunk; never its head)",
    author: "Gant Laborde, Infinite Red, Inc.",
    origin: "https://github.com/infinitered/nsfwjs",
    license: "MIT",
    licenseText: "LICENSE",
  },
];

/** Those of `sources` that come in one of the packages. */
export const sourcesOf = (packages: readonly string[]): Source[] =>
  sources.filter((source) => packages.includes(source.package));
