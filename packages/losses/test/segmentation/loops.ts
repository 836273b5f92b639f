/**
 * The losses of segmentation once more, independently: plain loops over arrays in double precision, as the papers and
 * the authors' codes write them. Labels of -1 are ignored pixels.
 */

/** [batch][pixel][channel]. */
export type Maps = readonly (readonly (readonly number[])[])[];
/** [batch][pixel]. */
export type Labels = readonly (readonly number[])[];

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
export const unit = (a: readonly number[]): number[] => a.map((x) => x / Math.max(Math.sqrt(dot(a, a)), 1e-12));
export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;
const addTo = (sum: number[], a: readonly number[]): void => a.forEach((x, i) => void (sum[i]! += x));

export function softmax(z: readonly number[]): number[] {
  const most = Math.max(...z);
  const e = z.map((x) => Math.exp(x - most));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
}

/** The images that are taken together. */
export const groups = (batch: number, scope: "image" | "batch"): number[][] => {
  const all = Array.from({ length: batch }, (_, b) => b);
  return scope === "batch" ? [all] : all.map((b) => [b]);
};

/** sum_c q_c (log q_c - log p_c), the terms of KL. */
export const klTerms = (q: readonly number[], p: readonly number[]): number[] =>
  q.map((x, c) => (x === 0 ? 0 : x * (Math.log(x) - Math.log(p[c]!))));

/** One set of prototypes: the classes present, ascending, the prototype of each, and the images that share it. */
export interface Perspective {
  readonly images: readonly number[];
  readonly classes: readonly number[];
  readonly prototypes: readonly (readonly number[])[];
}

export function perspectives(features: Maps, labels: Labels, scope: "image" | "batch"): Perspective[] {
  return groups(features.length, scope).map((images) => {
    const found = new Set(images.flatMap((b) => labels[b]!.filter((label) => label >= 0)));
    const classes = [...found].sort((a, b) => a - b);
    const prototypes = classes.map((c) => {
      const members = images.flatMap((b) => features[b]!.filter((_, n) => labels[b]![n] === c).map(unit));
      const sum = members[0]!.map(() => 0);
      members.forEach((member) => addTo(sum, member));
      return unit(sum.map((x) => x / members.length));
    });
    return { images, classes, prototypes };
  });
}

/** The adaptive term. @param counted - the pixels that count: all, or those with a label */
export function adaptiveKL(
  student: Maps,
  teacher: Maps,
  labels: Labels,
  { scope, reduction, counted, scale = 10 }: Settings & { readonly scale?: number },
): number {
  const [s, t] = [perspectives(student, labels, scope), perspectives(teacher, labels, scope)];
  const each = s.flatMap(({ images, classes, prototypes }, g) => {
    if (classes.length === 0) return [];
    const elements = images.flatMap((b) =>
      student[b]!.flatMap((feature, n) => {
        if (counted === "labelled" && labels[b]![n]! < 0) return [];
        const p = softmax(prototypes.map((prototype) => scale * dot(unit(feature), prototype)));
        const q = softmax(t[g]!.prototypes.map((prototype) => scale * dot(unit(teacher[b]![n]!), prototype)));
        return [klTerms(q, p)];
      }),
    );
    return [reduce(elements, reduction)];
  });
  return meanOf(each);
}

export interface Settings {
  readonly scope: "image" | "batch";
  readonly reduction: "pixel" | "element";
  readonly counted: "all" | "labelled";
}

/** The mean of KL terms over elements, or of their sums over pixels. */
export const reduce = (terms: readonly (readonly number[])[], reduction: "pixel" | "element"): number =>
  reduction === "element" ? meanOf(terms.flat()) : meanOf(terms.map((each) => each.reduce((a, b) => a + b, 0)));

export function alignment(student: Maps, teacher: Maps, labels: Labels, scope: "image" | "batch"): number {
  const t = perspectives(teacher, labels, scope);
  const each = perspectives(student, labels, scope).flatMap(({ prototypes }, g) =>
    prototypes.length === 0 ? [] : [meanOf(prototypes.map((p, i) => (1 - dot(p, t[g]!.prototypes[i]!)) / 2))],
  );
  return meanOf(each);
}

/** The universal term, on logits of the size that it is given. */
export function pixelKL(
  student: Maps,
  teacher: Maps,
  {
    temperature,
    reduction,
    kept,
  }: Pick<Settings, "reduction"> & { readonly temperature: number; readonly kept?: Labels },
): number {
  const terms = student.flatMap((image, b) =>
    image.flatMap((z, n) => {
      if (kept && kept[b]![n]! < 0) return [];
      const soft = (x: readonly number[]) => softmax(x.map((value) => value / temperature));
      return [klTerms(soft(teacher[b]![n]!), soft(z))];
    }),
  );
  return temperature ** 2 * reduce(terms, reduction);
}

/** Mean of -log p_y over the labelled pixels; a logit of -Infinity is no class. */
export const crossEntropy = (logits: Maps, labels: Labels): number =>
  meanOf(
    logits.flatMap((image, b) =>
      image.flatMap((z, n) => (labels[b]![n]! < 0 ? [] : [-Math.log(softmax(z)[labels[b]![n]!]!)])),
    ),
  );

/** The teacher's term. @param small - labels at the size of the features @param full - those of full size */
export function teacherCrossEntropy(
  teacher: Maps,
  small: Labels,
  full: Labels,
  sizes: { readonly from: Size; readonly to: Size; readonly classes: number },
  {
    scope,
    absent,
    scale = 10,
  }: { readonly scope: "image" | "batch"; readonly absent: "zero" | "mask"; readonly scale?: number },
): number {
  const lost = full.map((image) => [...image]);
  const logits: number[][][] = [];
  for (const { images, classes, prototypes } of perspectives(teacher, small, scope))
    for (const b of images) {
      const scattered = teacher[b]!.map((feature) => {
        const row = Array.from({ length: sizes.classes }, () => 0);
        classes.forEach((c, i) => (row[c] = scale * dot(unit(feature), prototypes[i]!)));
        return row;
      });
      logits[b] = bilinear(scattered, sizes.from, sizes.to).map((row) =>
        absent === "zero" ? row : row.map((x, c) => (classes.includes(c) ? x : -Infinity)),
      );
      if (absent === "mask") lost[b] = lost[b]!.map((label) => (classes.includes(label) ? label : -1));
    }
  return crossEntropy(logits, lost);
}

export type Size = readonly [rows: number, columns: number];

/** Bilinear interpolation of one map, the corners of both grids being the same. */
export function bilinear(map: readonly (readonly number[])[], [h, w]: Size, [height, width]: Size): number[][] {
  const at = (i: number, from: number, to: number) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1));
  return Array.from({ length: height * width }, (_, n) => {
    const [y, x] = [at(Math.floor(n / width), h, height), at(n % width, w, width)];
    const [top, left] = [Math.min(Math.floor(y), h - 1), Math.min(Math.floor(x), w - 1)];
    const [bottom, right] = [Math.min(top + 1, h - 1), Math.min(left + 1, w - 1)];
    return map[0]!.map((_, c) => {
      const row = (i: number) => map[i * w + left]![c]! * (1 - (x - left)) + map[i * w + right]![c]! * (x - left);
      return row(top) * (1 - (y - top)) + row(bottom) * (y - top);
    });
  });
}

/** The gradient of f at maps by central differences, in double precision. */
export function finiteDifferences(f: (maps: Maps) => number, maps: Maps, step = 1e-5): number[] {
  const copy = maps.map((image) => image.map((pixel) => [...pixel]));
  return copy.flatMap((image) =>
    image.flatMap((pixel) =>
      pixel.map((x, c) => {
        const at = (value: number) => ((pixel[c] = value), f(copy));
        const slope = (at(x + step) - at(x - step)) / (2 * step);
        pixel[c] = x;
        return slope;
      }),
    ),
  );
}
