import type { EmojiGroup } from "./catalogue.js";
import { fields, type Field } from "../wordnet.js";

/** A class of emojis of one kind. */
export interface TextClass {
  readonly group: EmojiGroup;
  /** Unicode's subgroups. */
  readonly families: readonly string[];
  /** The fields a noun's sense must be in, the better ones first. */
  readonly fields: readonly Field[];
}

const { animal, artifact, food, plant } = fields;

/** The classes of `emojiTexts`. */
export const textClasses = {
  mammal: { group: "animals-nature", families: ["animal-mammal"], fields: [animal] },
  bird: { group: "animals-nature", families: ["animal-bird"], fields: [animal] },
  "sea animal": { group: "animals-nature", families: ["animal-marine"], fields: [animal] },
  plant: { group: "animals-nature", families: ["plant-flower", "plant-other"], fields: [plant] },
  fruit: { group: "food-drink", families: ["food-fruit"], fields: [food] },
  vegetable: { group: "food-drink", families: ["food-vegetable"], fields: [food, plant] },
  dish: { group: "food-drink", families: ["food-prepared", "food-asian"], fields: [food] },
  building: { group: "travel-places", families: ["place-building", "place-religious"], fields: [artifact] },
  vehicle: { group: "travel-places", families: ["transport-ground"], fields: [artifact] },
  garment: { group: "objects", families: ["clothing"], fields: [artifact] },
  instrument: { group: "objects", families: ["musical-instrument"], fields: [artifact] },
  tool: { group: "objects", families: ["tool"], fields: [artifact] },
} as const satisfies Record<string, TextClass>;

/** A name in `textClasses`. */
export type TextClassName = keyof typeof textClasses;
