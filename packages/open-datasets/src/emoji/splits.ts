import type { ImageItem } from "@fovea/data";
import { requireOneOf } from "@fovea/nn";
import { refuse } from "../checks.js";
import type { Drawing } from "../rendering/cut-out.js";
import { renderings, type RenderOptions } from "../rendering/renderings.js";
import { emojisOf, type Emoji, type EmojiGroup } from "./catalogue.js";
import { drawingsOf } from "./drawings.js";
import { fluentVendors, vendors, type Vendor } from "./vendors.js";

/** The vendors whose drawings are in each split. */
export type Splits = Readonly<Record<string, readonly Vendor[]>>;

/** An emoji with the drawing of each chosen vendor. */
export interface DrawnEmoji {
  readonly emoji: Emoji;
  readonly drawings: ReadonlyMap<Vendor, Drawing>;
}

/** @throws RangeError for a name that is no vendor's, or that a split has twice */
export function requireVendors(who: string, splits: Splits): void {
  for (const [split, chosen] of Object.entries(splits)) {
    for (const vendor of chosen) requireOneOf(who, { [split]: vendor }, vendors);
    if (new Set(chosen).size < chosen.length)
      refuse(who, `\`${split}\` must name every vendor once`, chosen.join(", "));
  }
}

/** @throws RangeError for a vendor in two splits, or two finishes of the Fluent drawing in different ones */
export function requireDisjointSplits(who: string, splits: Splits): void {
  requireVendors(who, splits);
  const all = Object.values(splits).flat();
  if (all.length === 0) refuse(who, `${listed(Object.keys(splits))} must name at least one vendor`, "none");
  const twice = all.filter((vendor, i) => all.indexOf(vendor) < i);
  if (twice.length > 0)
    refuse(who, "no vendor may be in two splits, or one would show what the other has", twice.join(", "));
  const fluent = Object.entries(splits)
    .map(([split, chosen]) => [split, chosen.filter((vendor) => fluentVendors.includes(vendor))] as const)
    .filter(([, chosen]) => chosen.length > 0);
  if (fluent.length > 1)
    refuse(
      who,
      `${fluentVendors.join(", ")} are one drawing and must be in one split`,
      fluent.map(([split, chosen]) => `\`${split}\` ${chosen.join(", ")}`).join(" and "),
    );
}

const listed = (names: readonly string[]) =>
  `${names
    .slice(0, -1)
    .map((name) => `\`${name}\``)
    .join(", ")} and \`${names.at(-1)}\``;

/**
 * The emojis of a group that every one of the vendors has drawn, each otherwise: of two that share a drawing the first
 * stays.
 */
export async function drawnBy(group: EmojiGroup, chosen: readonly Vendor[]): Promise<DrawnEmoji[]> {
  const emojis = await emojisOf(group);
  const byVendor = new Map<Vendor, ReadonlyMap<string, Drawing>>();
  // one by one: some are 100 MB of JSON
  for (const vendor of chosen) byVendor.set(vendor, await drawingsOf(vendor, group));
  const seen = new Set<string>();
  return emojis.flatMap((emoji) => {
    const drawings = [...byVendor].flatMap(([vendor, drawn]) => {
      const drawing = drawn.get(emoji.hex);
      return drawing === undefined ? [] : [[vendor, drawing] as const];
    });
    const keys = drawings.map(([vendor, drawing]) => `${vendor} ${drawing.toString()}`);
    if (drawings.length < byVendor.size || keys.some((key) => seen.has(key))) return [];
    keys.forEach((key) => seen.add(key));
    return [{ emoji, drawings: new Map(drawings) }];
  });
}

/** `count` images of each vendor's drawing of each emoji, which is the class. */
export const emojiItems = (
  drawn: readonly DrawnEmoji[],
  chosen: readonly Vendor[],
  count: number,
  options: RenderOptions,
): ImageItem[] =>
  drawn.flatMap(({ emoji, drawings }, label) =>
    chosen.flatMap((vendor) =>
      renderings(drawings.get(vendor)!, { thing: emoji.hex, label, design: vendor }, count, options),
    ),
  );
