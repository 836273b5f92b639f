import { readJson } from "../packages.js";

/** One emoji of Unicode, without skin tones. */
export interface Emoji {
  /** Code points in lower-case hexadecimal, joined by `-`, without variation selectors. */
  readonly hex: string;
  /** Its English name in Unicode's CLDR, such as "tiger face". */
  readonly label: string;
  /** Unicode's subgroup, such as "animal-mammal". */
  readonly family: string;
  /** CLDR's keywords in English, such as "tail". */
  readonly tags: readonly string[];
}

/** Unicode's groups of emoji that can be asked for, and `faces`: the part of `smileys-emotion` that is a face. */
export const emojiGroups = [
  "animals-nature",
  "food-drink",
  "travel-places",
  "activities",
  "objects",
  "symbols",
  "people-body",
  "smileys-emotion",
  "faces",
] as const;

/** A name in `emojiGroups`. */
export type EmojiGroup = (typeof emojiGroups)[number];

interface Listed {
  readonly hexcode: string;
  readonly label: string;
  readonly group?: number;
  readonly subgroup?: number;
  readonly tags?: readonly string[];
}

interface GroupNames {
  readonly groups: Readonly<Record<string, string>>;
  readonly subgroups: Readonly<Record<string, string>>;
}

/** Every emoji of a group, in Unicode's order. */
export async function emojisOf(group: EmojiGroup): Promise<Emoji[]> {
  const names = await readJson<GroupNames>("emojibase-data", "meta/groups.json");
  const listed = await readJson<readonly Listed[]>("emojibase-data", "en/data.json");
  const familyOf = ({ subgroup = -1 }: Listed) => names.subgroups[subgroup] ?? "";
  const belongs = (emoji: Listed) =>
    group === "faces" ? familyOf(emoji).startsWith("face-") : names.groups[emoji.group ?? -1] === group;
  return listed.filter(belongs).map((emoji) => ({
    hex: plainHex(emoji.hexcode),
    label: emoji.label,
    family: familyOf(emoji),
    tags: emoji.tags ?? [],
  }));
}

/** Vendors disagree on writing the variation selector FE0F; without it a code is the same everywhere. */
export const plainHex = (hexcode: string): string =>
  hexcode
    .toLowerCase()
    .split("-")
    .filter((code) => code !== "fe0f")
    .join("-");

/** The label as the icon sets spell it: lower case, no accents or quotes, words joined by `-`. */
export const slugOf = (label: string): string =>
  label
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f’'“”.]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
