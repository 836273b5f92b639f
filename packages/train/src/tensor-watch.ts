/**
 * Watches the number of tensors after each step and says what leaks. It compares the least of three windows of steps,
 * since batches and evaluations come and go: if it grows twice by a tensor every other step or more, that is a leak.
 *
 * @param window - steps a window
 * @param warmup - first steps to leave out: caches and slots are made there
 * @returns (steps done, tensors) → what to tell, once, or undefined
 */
export function tensorWatch(window = 16, warmup = 3): (steps: number, tensors: number) => string | undefined {
  let minima: readonly number[] = [];
  let [seen, least, told] = [-warmup, Infinity, false];
  return (steps, tensors) => {
    seen++;
    if (told || seen <= 0) return undefined;
    least = Math.min(least, tensors);
    if (seen % window > 0) return undefined;
    minima = [...minima.slice(-2), least];
    least = Infinity;
    const [a = NaN, b = NaN, c = NaN] = minima;
    told = Math.min(b - a, c - b) >= window / 2;
    if (!told) return undefined;
    const rate = ((c - a) / (2 * window)).toFixed(1);
    return (
      `fit: tensors leak: ${a} grew to ${c} in the ${2 * window} steps before step ${steps}, ${rate} a step. ` +
      "Something in the loss, the batch source or a callback keeps what it makes: wrap it in tf.tidy, or dispose it."
    );
  };
}
