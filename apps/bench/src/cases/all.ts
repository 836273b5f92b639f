import { backbones } from "./backbones.js";
import type { Case } from "./case.js";
import { fusions } from "./fusions.js";
import { losses } from "./losses.js";
import { mcLosses, mcModel } from "./mc-loss.js";
import { models } from "./models.js";
import { ops } from "./ops.js";
import { isUserCase, userCase } from "./user-case.js";

/** Everything that can be measured. */
export const cases: readonly Case[] = [...ops, ...backbones, ...fusions, ...losses, ...mcLosses, ...models, mcModel];

/** The case of that name, ours or the user's. @throws RangeError if there is none */
export function findCase(name: string): Case {
  const found = isUserCase(name) ? userCase(name) : cases.find((one) => one.name === name);
  if (!found) throw new RangeError(`no case \`${name}\`.`);
  return found;
}
