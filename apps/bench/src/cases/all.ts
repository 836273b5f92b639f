import { backbones } from "./backbones.js";
import { bimodalLayers, bimodalModels } from "./bimodal.js";
import type { Case } from "./case.js";
import { fusions } from "./fusions.js";
import { losses } from "./losses.js";
import { mcLosses, mcModel } from "./mc-loss.js";
import { models } from "./models.js";
import { ops } from "./ops.js";
import { decoders, pixelLosses, segmenters } from "./segmentation.js";
import { isUserCase, userCase } from "./user-case.js";

/** Every case of the default suite. */
export const cases: readonly Case[] = [
  ...ops,
  ...bimodalLayers,
  ...backbones,
  ...decoders,
  ...fusions,
  ...losses,
  ...mcLosses,
  ...pixelLosses,
  ...models,
  mcModel,
  ...segmenters,
  ...bimodalModels,
];

/** The case of that name, from the table or from a user's module. @throws RangeError if there is none */
export function findCase(name: string): Case {
  const found = isUserCase(name) ? userCase(name) : cases.find((one) => one.name === name);
  if (!found) throw new RangeError(`findCase: expected the name of a case, got \`${name}\`.`);
  return found;
}
