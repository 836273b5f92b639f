import { rng } from "@fovea/nn";
import { checksOf } from "./checks.js";
import { allSigns, othersOf, targetsAmong } from "./signs/signs.js";

/**
 * Meanings of signs that are none of `targets`, of no sisters of theirs, and none of the same in other words: for what
 * is to be learned before the targets are known. Which ones is decided by a shuffle that never changes.
 *
 * @param count - how many, of those that are drawn in two ways or more
 * @returns as `targets` of `needleSigns` takes them
 * @throws RangeError for a target that is none or comes twice, or if `count` is not whole and positive, or more than
 *   there are
 */
export async function otherMeanings(targets: readonly string[], count: number): Promise<string[]> {
  const checks = checksOf(MAKER);
  const { whole, fail } = checks;
  whole("count", count);
  const signs = await allSigns();
  const usable = othersOf(signs, targetsAmong(signs, targets, checks), false).filter(
    ({ designs }) => designs.length >= 2,
  );
  if (count > usable.length) fail(`\`count\` must be at most ${usable.length}`, String(count));
  const order = rng(0).split(MAKER).permutation(usable.length);
  return Array.from(order.slice(0, count), (i) => usable[i]!.slug);
}

const MAKER = "otherMeanings";
