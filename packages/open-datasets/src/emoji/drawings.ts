import { readdir } from "node:fs/promises";
import { packagePath, readJson } from "../packages.js";
import type { Drawing } from "../rendering/cut-out.js";
import { emojisOf, plainHex, slugOf, type Emoji, type EmojiGroup } from "./catalogue.js";
import { packageOf, type Vendor } from "./vendors.js";

const read = new Map<string, Promise<ReadonlyMap<string, Drawing>>>();

/** A vendor's drawing of each emoji of the group that it has, by the emoji's `hex`. Read once. */
export function drawingsOf(vendor: Vendor, group: EmojiGroup): Promise<ReadonlyMap<string, Drawing>> {
  const key = `${vendor}/${group}`;
  const drawings = read.get(key) ?? emojisOf(group).then(vendor === "fluent-3d" ? webpFiles : svgIcons(vendor));
  read.set(key, drawings);
  return drawings;
}

async function webpFiles(emojis: readonly Emoji[]): Promise<Map<string, Drawing>> {
  const folder = packagePath(packageOf("fluent-3d"), "assets");
  const files = new Map(
    (await readdir(folder)).map((file) => [plainHex(file.replace(".webp", "")), `${folder}/${file}`]),
  );
  return pick(emojis, ({ hex }) => files.get(hex));
}

interface Box {
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

interface IconSet extends Box {
  readonly icons: Readonly<Record<string, Box & { readonly body: string }>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string; readonly hFlip?: boolean }>>;
}

/** The sport, which two sets also have under the insect's name, "cricket". */
const MISNAMED = "cricket-game";

const SVG_SIZE = 128;

interface VendorSet {
  readonly set: IconSet;
  readonly names: Readonly<Record<string, string>>;
}

const reading = new Map<Vendor, Promise<VendorSet>>();

/** The set of a vendor (up to 104 MB), which is not kept: only groups that are asked for at once share a reading. */
function vendorSet(vendor: Vendor): Promise<VendorSet> {
  const started = reading.get(vendor);
  if (started) return started;
  const read = async () => ({
    set: await readJson<IconSet>(packageOf(vendor), "icons.json"),
    names: await readJson<VendorSet["names"]>(packageOf(vendor), "chars.json"),
  });
  const promise = read().finally(() => reading.delete(vendor));
  reading.set(vendor, promise);
  return promise;
}

/** By code point where the set has a table of them, else by name. */
const svgIcons = (vendor: Vendor) => async (emojis: readonly Emoji[]) => {
  const { set, names } = await vendorSet(vendor);
  return pick(emojis, ({ hex, label }) => svgOf(set, names[hex] ?? slugOf(label)));
};

function svgOf(set: IconSet, name: string): Buffer | undefined {
  const icon = iconOf(set, name);
  if (!icon) return undefined;
  const { left = 0, top = 0, width = 16, height = 16, body } = { ...set, ...icon };
  const spaces = `xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`;
  const frame = `width="${SVG_SIZE}" height="${(SVG_SIZE * height) / width}" viewBox="${left} ${top} ${width} ${height}"`;
  return Buffer.from(`<svg ${spaces} ${frame}>${body}</svg>`);
}

function iconOf({ icons, aliases = {} }: IconSet, name: string): IconSet["icons"][string] | undefined {
  const alias = aliases[name];
  const other = alias && !alias.hFlip && alias.parent !== MISNAMED ? icons[alias.parent] : undefined;
  return icons[name] ?? other;
}

function pick(emojis: readonly Emoji[], find: (emoji: Emoji) => Drawing | undefined): Map<string, Drawing> {
  const found = emojis.map((emoji) => [emoji.hex, find(emoji)] as const);
  return new Map(found.filter((entry): entry is readonly [string, Drawing] => entry[1] !== undefined));
}
