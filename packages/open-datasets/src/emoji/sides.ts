import type { ImageItem } from "@fovea/data";
import type { Checks } from "../checks.js";
import type { Drawing } from "../rendering/cut-out.js";
import { renderings, type RenderOptions } from "../rendering/renderings.js";
import { emojisOf, type Emoji, type EmojiGroup } from "./catalogue.js";
import { drawingsOf } from "./drawings.js";
import { fluentVendors, vendors, type Vendor } from "./vendors.js";

/** Whose drawings are on which side of a split. */
export type Sides = Readonly<Record<string, readonly Vendor[]>>;

/** An emoji with the drawing of each chosen vendor. */
export interface DrawnEmoji {
  readonly emoji: Emoji;
  readonly drawings: ReadonlyMap<Vendor, Drawing>;
}

/** No vendor on two sides, nor the Fluent drawing in two finishes. */
export function checkSides({ oneOf, fail }: Checks, sides: Sides): void {
  for (const [side, chosen] of Object.entries(sides)) {
    for (const vendor of chosen) oneOf(side, vendor, vendors);
    if (new Set(chosen).size < chosen.length) fail(`\`${side}\` must name every vendor once`, chosen.join(", "));
  }
  const all = Object.values(sides).flat();
  if (all.length === 0) fail(`${listed(Object.keys(sides))} must name at least one vendor`, "none");
  const twice = all.filter((vendor, i) => all.indexOf(vendor) < i);
  if (twice.length > 0) fail("no vendor may be on two sides, or one would show what the other holds", twice.join(", "));
  const fluent = Object.entries(sides)
    .map(([side, chosen]) => [side, chosen.filter((vendor) => fluentVendors.includes(vendor))] as const)
    .filter(([, chosen]) => chosen.length > 0);
  if (fluent.length > 1)
    fail(
      `${fluentVendors.join(", ")} are one drawing and must be on one side`,
      fluent.map(([side, chosen]) => `\`${side}\` ${chosen.join(", ")}`).join(" and "),
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
  side: readonly Vendor[],
  count: number,
  options: RenderOptions,
): ImageItem[] =>
  drawn.flatMap(({ emoji, drawings }, label) =>
    side.flatMap((vendor) =>
      renderings(drawings.get(vendor)!, { thing: emoji.hex, label, design: vendor }, count, options),
    ),
  );
