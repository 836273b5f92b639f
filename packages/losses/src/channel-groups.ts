import type { Rng } from "@fovea/nn";

/**
 * The number of channels of each class, when the channels of a map are divided evenly among the classes. With q, r =
 * divmod(channels, classes), the last r classes have q + 1 channels and the others q. Class 0 has the first channels,
 * class 1 the next, and so on.
 *
 * @throws RangeError for fewer channels than classes
 */
export function channelGroups(channels: number, classes: number): number[] {
  const each = Math.floor(channels / classes);
  if (!(Number.isSafeInteger(channels) && Number.isSafeInteger(classes) && classes >= 1 && each >= 1))
    throw new RangeError(
      `channelGroups: every class needs at least one channel, got ${channels} channels for ${classes} classes. ` +
        `A 1 × 1 convolution can give the map more channels.`,
    );
  return Array.from({ length: classes }, (_, i) => (i < classes - (channels % classes) ? each : each + 1));
}

/** Refuses numbers of channels that are not one for each class, or do not add up to `channels`. */
export function requireGroups(who: string, groups: readonly number[], channels: number, classes: number): void {
  if (groups.length !== classes)
    throw new RangeError(
      `${who}: expected one number of channels for each class in \`groups\` (classes=${classes}), got ${groups.length}.`,
    );
  const bad = groups.findIndex((size) => !(Number.isSafeInteger(size) && size >= 1));
  if (bad >= 0) throw new RangeError(`${who}: every class needs a channel, got ${groups[bad]} for class ${bad}.`);
  const sum = groups.reduce((a, b) => a + b, 0);
  if (sum !== channels)
    throw new RangeError(`${who}: expected \`groups\` to add up to the ${channels} channels of \`maps\`, got ${sum}.`);
}

/** All classes with the same number of channels: their channels form one tensor [batch, class, channel, position]. */
export interface Segment {
  /** Number of channels of each class, ξ in the paper. */
  readonly size: number;
  /** The classes of the segment, ascending. */
  readonly classes: readonly number[];
  /** The channels of the first class, then those of the second, and so on. */
  readonly channels: readonly number[];
}

/** Groups the classes by their number of channels, smallest first. */
export function segmentsOf(groups: readonly number[]): Segment[] {
  const firsts = firstChannels(groups);
  const sizes = [...new Set(groups)].sort((a, b) => a - b);
  return sizes.map((size) => {
    const classes = groups.flatMap((own, i) => (own === size ? [i] : []));
    return { size, classes, channels: classes.flatMap((i) => Array.from({ length: size }, (_, j) => firsts[i]! + j)) };
  });
}

/**
 * The mask of the channels that `mcLoss` drops in a step: 0 for ⌊ξ / 2⌋ random channels of the ξ channels of each
 * class, 1 for the others.
 *
 * @param rng - the random numbers of the step, `ctx.rng`
 * @param sample - the index of a sample in the batch, where each sample has its own mask. Default 0
 * @returns [channels]
 */
export function channelMask(groups: readonly number[], rng: Rng, sample = 0): Float32Array {
  const channels = groups.reduce((a, b) => a + b, 0);
  const draws = rng.split("mcLoss", sample).uint32(channels);
  const mask = new Float32Array(channels).fill(1);
  const firsts = firstChannels(groups);
  groups.forEach((size, i) => {
    const own = Array.from({ length: size }, (_, j) => firsts[i]! + j);
    own.sort((a, b) => draws[a]! - draws[b]!);
    for (const dropped of own.slice(0, Math.floor(size / 2))) mask[dropped] = 0;
  });
  return mask;
}

function firstChannels(groups: readonly number[]): number[] {
  let next = 0;
  return groups.map((size) => (next += size) - size);
}
