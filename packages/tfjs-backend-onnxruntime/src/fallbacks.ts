const counts = new Map<string, number>();

/** Notes that a kernel ran in JavaScript for want of a native one. */
export const count = (kernel: string): void => void counts.set(kernel, (counts.get(kernel) ?? 0) + 1);

/**
 * Kernels that ran in JavaScript for want of a native one, by tfjs's name, since the start or the last
 * `resetFallbacks()`. Kernels on tensors so small that JavaScript is the quicker way are not among them.
 */
export const fallbacks = (): Record<string, number> => Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));

/** Starts the count anew. */
export const resetFallbacks = (): void => counts.clear();
