const SIDE = /\b(?:left|right)(?:wards?|most|hand)?\b/i;

/**
 * Whether an English text says left or right, as a word of its own ("a bird looking left", "left-facing", "rightmost"):
 * it may be wrong about a mirrored image. "leftover" and "bright" are no sides.
 */
export const mentionsSide = (text: string): boolean => SIDE.test(text);
