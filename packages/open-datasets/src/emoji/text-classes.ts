import type { EmojiGroup } from "./catalogue.js";

/** A class of emojis of one kind. */
export interface TextClass {
  readonly group: EmojiGroup;
  /** Unicode's subgroups. */
  readonly families: readonly string[];
  /**
   * What the sense of an emoji's name must be a kind of, in WordNet; a sense of the first is better than one of the
   * next.
   */
  readonly kinds: readonly string[];
}

const nature = { group: "animals-nature" } as const;
const food = { group: "food-drink" } as const;
const places = { group: "travel-places" } as const;
const objects = { group: "objects" } as const;

/** The classes of `emojiTexts`: those with enough emojis whose senses are right. */
export const textClasses = {
  mammal: { ...nature, families: ["animal-mammal"], kinds: ["mammal"] },
  bird: { ...nature, families: ["animal-bird"], kinds: ["vertebrate"] },
  "sea animal": { ...nature, families: ["animal-marine"], kinds: ["aquatic mammal", "invertebrate", "fish"] },
  bug: { ...nature, families: ["animal-bug"], kinds: ["invertebrate"] },
  plant: { ...nature, families: ["plant-flower", "plant-other"], kinds: ["plant life", "plant part", "fungus"] },
  fruit: { ...food, families: ["food-fruit"], kinds: ["edible fruit", "edible nut"] },
  vegetable: { ...food, families: ["food-vegetable"], kinds: ["veggie", "foodstuff", "edible fruit", "plant part"] },
  dish: { ...food, families: ["food-prepared", "food-asian", "food-sweet"], kinds: ["nutriment", "foodstuff", "food"] },
  building: { ...places, families: ["place-building", "place-religious"], kinds: ["edifice", "structure"] },
  vehicle: {
    ...places,
    families: ["transport-ground", "transport-water", "transport-air"],
    kinds: ["wheeled vehicle", "vehicle", "conveyance"],
  },
  garment: { ...objects, families: ["clothing"], kinds: ["clothing", "footwear", "headdress"] },
  tool: { ...objects, families: ["tool"], kinds: ["hand tool", "weapon", "implement", "device"] },
} as const satisfies Record<string, TextClass>;

/** A name in `textClasses`. */
export type TextClassName = keyof typeof textClasses;

/**
 * Emojis for whose names WordNet has only another thing of the same class: a bicycle, a sandwich, a motor car, a
 * fisher, a lump.
 */
export const misunderstood: readonly string[] = ["wheel", "cheese wedge", "tram car", "black cat", "moon cake"];
