import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { turnedInBlocks } from "./blocked.js";
import { channelsFirst, channelsLast, filterChannelsFirst } from "./channels-first.js";
import { cellOf, enoughChannels, inBlocks, isSmall, sum, withArranged } from "./conv.js";
import { mapOf } from "./maps/map.js";
import { matMul } from "./matrix-product.js";
import { cells, framed } from "./taps.js";
import { both, padsOf, type Pair, type Window } from "./window.js";

/**
 * The convolution with a filter turned by half, in and out channels swapped, that is a stride 1 convolution's input
 * gradient.
 */
export function turned(window: Window): Window {
  const { kernel, dilations, before, after, input, output } = window;
  const reach = both((i) => dilations[i] * (kernel[i] - 1));
  return {
    ...window,
    before: both((i) => reach[i] - before[i]),
    after: both((i) => reach[i] - after[i]),
    input: output,
    output: input,
  };
}

/** The filter's cells in opposite order: [height, width, ...rest] → the same. */
export function turnedFilter(g: Graph, filter: Value): Value {
  const [kh, kw, ...rest] = filter.shape as [number, number, ...number[]];
  const rows = g.reshape(filter, [kh * kw, sizeOf(rest)]);
  const order = g.constant("int64", [...cells([kh, kw]).keys()].reverse());
  return g.reshape(g.node("Gather", [rows, order], { shape: rows.shape }, { axis: 0 }), filter.shape);
}

/** dx: the gradient of a convolution by its input. */
export function inputGradient(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const [kh, kw, c, o] = filter.shape as [number, number, number, number];
  // products this narrow cost more
  if (c < enoughChannels && kh * kw > 1) return transposedConvolution(g, dy, filter, window);
  const back = turned(window);
  const canTurn = [...back.before, ...back.after].every((n) => n >= 0) && sizeOf(window.strides) === 1;
  const many = !isSmall(g, dy.shape[0]! * sizeOf(window.input));
  const isProduct = kh * kw === 1 && !mapOf(g, dy);
  if (!canTurn || !many || g.target.block === 1 || o < enoughChannels || isProduct)
    return byPhases(g, dy, filter, window);
  if (g.maps) return withArranged(g, dy, turnedInBlocks(g, filter), c, back);
  const cut = g.reshape(turnedFilter(g, filter), [kh * kw, c, o]);
  // apart: a copy of blocks follows
  const swapped = g.node("Transpose", [cut], { shape: [kh * kw, o, c] }, { perm: [0, 2, 1] });
  return inBlocks(g, dy, g.reshape(swapped, [kh, kw, o, c]), back);
}

/** ONNX's own way. */
function transposedConvolution(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const { kernel, strides, dilations, after, input } = window;
  const unread = both((i) => Math.max(0, -after[i])); // rows and columns that no window has read
  const attributes = { kernel_shape: kernel, strides, dilations, pads: padsOf(window), output_padding: unread };
  const shape = [dy.shape[0]!, filter.shape[2]!, ...input];
  const inputs = [channelsFirst(g, dy), filterChannelsFirst(g, filter)];
  return channelsLast(g, g.node("ConvTranspose", inputs, { shape }, attributes));
}

/**
 * The cells of dx in `strides` phases: those that are a multiple of the stride from one another meet the same cells of
 * the filter, so each phase is a sum of products, without the zeros that a transposed convolution multiplies with.
 */
function byPhases(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const c = filter.shape[2]!;
  const { strides, input } = window;
  const size = both((i) => Math.ceil(input[i] / strides[i]));
  const shape = [dy.shape[0]!, ...size, c];
  const [first, last] = reach(window, size);
  const errors = framed(g, dy, both((i) => Math.max(0, -first[i])), both((i) => Math.max(0, last[i] - dy.shape[i + 1]!))); // prettier-ignore
  const phase = (of: Pair): Value => {
    const products = meetings(window, of, size).map(({ cell, shift }) => {
      const from = both((i) => shift[i] + Math.max(0, -first[i]));
      return matMul(g, rowsFrom(g, errors, from, size), cellOf(g, filter, cell), { transposeB: true });
    });
    return g.reshape(sum(g, products, [sizeOf(shape) / c, c]), shape);
  };
  const map = interleaved(g, cells(strides).map(phase), strides);
  return framed(g, map, [0, 0], both((i) => input[i] - size[i] * strides[i])); // prettier-ignore
}

/** The filter's cells that a phase of dx meets, and how far from it, in rows and columns of dy. */
function meetings({ kernel, dilations, before, strides, output }: Window, phase: Pair, size: Pair) {
  const shiftOf = (cell: Pair) => both((i) => (phase[i] + before[i] - cell[i] * dilations[i]) / strides[i]);
  return cells(kernel)
    .map((cell, number) => ({ cell: number, shift: shiftOf(cell) }))
    .filter(({ shift }) => shift.every((n, i) => Number.isInteger(n) && n < output[i]! && n + size[i]! > 0));
}

/** The first row and column of dy that any phase reads, and the one after the last. */
function reach(window: Window, size: Pair): [Pair, Pair] {
  const shifts = cells(window.strides).flatMap((phase) => meetings(window, phase, size).map(({ shift }) => shift));
  return [both((i) => Math.min(0, ...shifts.map((s) => s[i]))), both((i) => size[i] + Math.max(0, ...shifts.map((s) => s[i])))]; // prettier-ignore
}

/** A part of the map as rows, [batch · height · width, channels]. */
function rowsFrom(g: Graph, x: Value, from: Pair, [h, w]: Pair): Value {
  const [n, , , c] = x.shape as [number, number, number, number];
  const isFull = x.shape[1] === h && x.shape[2] === w;
  const ends = [from, both((i) => from[i] + [h, w][i]!), [1, 2]].map((numbers) => g.constant("int64", numbers));
  return g.reshape(isFull ? x : g.node("Slice", [x, ...ends], { shape: [n, h, w, c] }), [n * h * w, c]);
}

/** Maps [batch, height, width, channels], one a phase → [batch, height · strides, width · strides, channels] */
function interleaved(g: Graph, phases: readonly Value[], [sh, sw]: Pair): Value {
  const [n, h, w, c] = phases[0]!.shape as [number, number, number, number];
  const join = (parts: Value[], shape: number[], axis: number) => (parts.length === 1 ? g.reshape(parts[0]!, shape) : g.node("Concat", parts, { shape }, { axis })); // prettier-ignore
  const rows = Array.from(
    { length: sh },
    (_, i) =>
    join(phases.slice(i * sw, (i + 1) * sw).map((part) => g.reshape(part, [n, h, w, 1, c])), [n, h, w, sw, c], 3), // prettier-ignore
  );
  const map = join(rows.map((row) => g.reshape(row, [n, h, 1, w * sw, c])), [n, h, sh, w * sw, c], 2); // prettier-ignore
  return g.reshape(map, [n, h * sh, w * sw, c]);
}

/** `strides` − 1 zeros between neighbouring cells. */
export function spread(g: Graph, x: Value, [sh, sw]: Pair): Value {
  if (sh * sw === 1) return x;
  const [n, p, q, c] = x.shape as [number, number, number, number];
  const pads = g.constant("int64", [0, 0, 0, 0, 0, 0, 0, 0, sh - 1, 0, sw - 1, 0]);
  const cells = g.node("Pad", [g.reshape(x, [n, p, 1, q, 1, c]), pads], { shape: [n, p, sh, q, sw, c] });
  return framed(g, g.reshape(cells, [n, p * sh, q * sw, c]), [0, 0], [1 - sh, 1 - sw]);
}
