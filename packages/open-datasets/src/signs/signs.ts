import { readdir } from "node:fs/promises";
import { rng } from "@fovea/nn";
import { refuse } from "../checks.js";
import { groupBy } from "../group-by.js";
import { packagePath } from "../packages.js";
import type { Drawing } from "../rendering/cut-out.js";

/** The npm package that the signs come from. */
export const SIGNS = "@rapideditor/mapillary_sprite_source";

/** A traffic sign by its meaning, and its designs around the world. */
export interface Sign {
  /** Category and meaning, such as "warning--steep-ascent". */
  readonly slug: string;
  /** The name for readers, such as "steep ascent (warning)". */
  readonly label: string;
  /** Category and first word, such as "warning-steep". */
  readonly family: string;
  /** g1 first. */
  readonly designs: readonly Design[];
}

/** One drawing of a sign. */
export interface Design {
  /** Name of the design, such as "g3". */
  readonly name: string;
  readonly drawing: Drawing;
}

/** Every meaning, in the alphabetical order of the slugs. */
export async function allSigns(): Promise<Sign[]> {
  const folder = packagePath(SIGNS, "package_signs");
  const named = (await readdir(folder)).flatMap((file) => {
    const [, slug, number] = /^(.+)--g(\d+)\.svg$/.exec(file) ?? [];
    return slug === undefined ? [] : [{ slug, number: Number(number), drawing: `${folder}/${file}` }];
  });
  const slugs = [...groupBy(named, ({ slug }) => slug)].sort(([a], [b]) => (a < b ? -1 : 1));
  return slugs.map(([slug, files]) => ({
    ...namesOf(slug),
    designs: files.sort((a, b) => a.number - b.number).map(({ number, drawing }) => ({ name: `g${number}`, drawing })),
  }));
}

function namesOf(slug: string) {
  const [category = "", ...meaning] = slug.split("--");
  const words = meaning.join("-").split("-");
  return { slug, label: `${words.join(" ")} (${category})`, family: `${category}-${words[0]}` };
}

/**
 * One design for the test, one for validation, the others to learn from: by a shuffle that never changes. It is the
 * same for sisters with as many designs, which are mostly drawn alike (g1 of every speed limit is the ring): were they
 * split otherwise, a ring would stand for the limits that were learned as rings.
 */
export function splitDesigns({ family, designs }: Sign): Record<"train" | "validation" | "test", readonly Design[]> {
  const order = rng(0).split("trafficSigns", "designs", family).permutation(designs.length);
  const shuffled = [...order].map((index) => designs[index]!);
  return { train: shuffled.slice(2), validation: shuffled.slice(1, 2), test: shuffled.slice(0, 1) };
}

/**
 * What may stand beside the targets: none of them, nor what says the same in other words and so ends on the same word,
 * nor their sisters unless `sisters`.
 */
export function othersOf(signs: readonly Sign[], targets: readonly Sign[], sisters: boolean): Sign[] {
  const lastWord = ({ slug }: Sign) => slug.split("-").at(-1)!;
  const words = new Set(targets.map(lastWord));
  const families = new Set(sisters ? [] : targets.map(({ family }) => family));
  return signs.filter((sign) => !words.has(lastWord(sign)) && !families.has(sign.family));
}

/** The signs of these meanings, each once. */
export function targetsAmong(who: string, signs: readonly Sign[], slugs: readonly string[]): Sign[] {
  if (slugs.length === 0 || new Set(slugs).size < slugs.length)
    refuse(who, "`targets` must be one or more meanings, each once", slugs.join(", ") || "none");
  return slugs.map(
    (slug) =>
      signs.find((sign) => sign.slug === slug) ??
      refuse(who, "`targets` must be meanings of the package, such as regulatory--stop", slug),
  );
}
