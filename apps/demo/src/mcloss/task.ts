import { emojiFamilies, trafficSigns, type FineGrainedSet } from "@fovea/open-datasets";
import type { Settings } from "./settings.js";

/** Classes in families of sisters, and how the pictures came about. */
export interface Task extends FineGrainedSet {
  readonly description: string;
  /** Whether a mirror image is of the same class. */
  readonly mirrors: boolean;
}

/** Pictures of each drawing. */
const EMOJI = { train: 16, validation: 16, test: 12 };
const SIGNS = { train: 32, validation: 16, test: 16 };

/** @throws RangeError for an unknown kind of data; whatever the set throws */
export async function taskOf({
  data,
  classes,
  size,
  seed,
}: Pick<Settings, "data" | "classes" | "size" | "seed">): Promise<Task> {
  if (data === "emoji")
    return {
      ...(await emojiFamilies({ classes, size, renderings: EMOJI, seed })),
      description:
        "One class an emoji, one family a subgroup of Unicode. Vendors' drawings, turned, moved, lit and laid over photographs: " +
        "learned from four, chosen on a fifth, tested on two others.",
      mirrors: true,
    };
  if (data === "signs")
    return {
      ...(await trafficSigns({ classes, size, renderings: SIGNS, seed })),
      description:
        "One class the meaning of a traffic sign, one family a category and the first word of the meaning. Designs of the world's " +
        "signs, as seen from a car: of each class one is tested on, one chosen on, the others learned from.",
      mirrors: false,
    };
  throw new RangeError(`mcloss: \`--data\` must be \`emoji\` or \`signs\`, got \`${data}\`.`);
}
