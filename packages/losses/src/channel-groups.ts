import type { Rng } from "@fovea/nn";

/**
 * How many channels each class owns when a map's channels are shared out evenly. With q, r = divmod(channels, classes),
 * the last r classes own q + 1 channels and the others q. Class 0 owns the first of them, class 1 the next, and so on.
 *
 * @throws RangeError for fewer channels than classes
 */
export function channelGroups(channels: number, classes: number): number[] {
  const each = Math.floor(channels / classes);
  if (!(Number.isSafeInteger(channels) && Number.isSafeInteger(classes) && classes >= 1 && each >= 1))
    throw new RangeError(
      `channelGroups: every class needs a channel of its own, got ${channels} channels for ${classes} classes. ` +
        `A 1 × 1 convolution gives a map as many channels as it takes.`,
    );
  return Array.from({ length: classes }, (_, i) => (i < classes - (channels % classes) ? each : each + 1));
}

/** Refuses what are not the groups of `channels` channels. */
export function requireGroups(who: string, groups: readonly number[], channels: number, classes: number): void {
  if (groups.length !== classes)
    throw new RangeError(
      `${who}: expected one group a class in \`groups\` (classes=${classes}), got ${groups.length}.`,
    );
  const bad = groups.findIndex((size) => !(Number.isSafeInteger(size) && size >= 1));
  if (bad >= 0) throw new RangeError(`${who}: every class needs a channel, got ${groups[bad]} for class ${bad}.`);
  const sum = groups.reduce((a, b) => a + b, 0);
  if (sum !== channels)
    throw new RangeError(`${who}: expected \`groups\` to share out the ${channels} channels of \`maps\`, got ${sum}.`);
}

/** Classes that own equally many channels: their part of a map is a block [batch, class, channel, position]. */
export interface Segment {
  /** Channels of each class, the paper's ξ. */
  readonly size: number;
  readonly classes: readonly number[];
  /** Those of the first class, then those of the second … */
  readonly channels: readonly number[];
}

/** The classes by the number of their channels, smallest first. */
export function segmentsOf(groups: readonly number[]): Segment[] {
  const firsts = firstChannels(groups);
  const sizes = [...new Set(groups)].sort((a, b) => a - b);
  return sizes.map((size) => {
    const classes = groups.flatMap((own, i) => (own === size ? [i] : []));
    return { size, classes, channels: classes.flatMap((i) => Array.from({ length: size }, (_, j) => firsts[i]! + j)) };
  });
}

/**
 * The channels that `mcLoss` drops in a step with this generator: 0 for ⌊ξ / 2⌋ of the ξ channels of each class, drawn
 * independently, 1 for the others.
 *
 * @param sample - of the batch, where each has a mask of its own; the first one's is that of all others. Default 0
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
