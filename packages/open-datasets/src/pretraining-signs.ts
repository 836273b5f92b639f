import { requireCounts, rng } from "@fovea/nn";
import { refuse } from "./checks.js";
import { allSigns, othersOf, targetsAmong } from "./signs/signs.js";

const MAKER = "pretrainingSigns";
/** Keys the shuffle. The name is older than the function's; another one would choose other signs. */
const SHUFFLE = "otherMeanings";

/**
 * Signs to pretrain a feature network on, before it learns the targets: none is a target, a sister of a target, or says
 * what a target says in other words. Which signs are chosen is decided by a shuffle that never changes.
 *
 * @param count - the number of signs; each has at least two designs
 * @returns names of signs, as `targets` of `needleSigns` takes them
 * @throws RangeError for a target that does not exist or comes twice, or if `count` is not a whole number of at least
 *   1, or more than there are
 */
export async function pretrainingSigns(targets: readonly string[], count: number): Promise<string[]> {
  requireCounts(MAKER, { count });
  const signs = await allSigns();
  const usable = othersOf(signs, targetsAmong(MAKER, signs, targets), false).filter(
    ({ designs }) => designs.length >= 2,
  );
  if (count > usable.length) refuse(MAKER, `\`count\` must be at most ${usable.length}`, String(count));
  const order = rng(0).split(SHUFFLE).permutation(usable.length);
  return Array.from(order.slice(0, count), (i) => usable[i]!.slug);
}
