/** Progressive mask attention from its formulas, sample by sample, with loops over numbers in double precision. */

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** A sample: its map, [height][width][channels], and its phrases without padding, [phrase][dim]. */
export interface Sample {
  readonly map: readonly (readonly (readonly number[])[])[];
  readonly phrases: readonly (readonly number[])[];
}

export interface ReferenceStage {
  readonly alpha: number[];
  readonly block: number;
  readonly beta: number[];
  readonly gamma: number[];
  readonly struck: number[];
}

type Weights = Readonly<Record<string, Numbers>>;

/** x · weight + bias. */
function affine(x: readonly number[], weight: Numbers, bias?: Numbers): number[] {
  const outs = weight.shape[1]!;
  const y: number[] = [];
  for (let o = 0; o < outs; o++) {
    let total = bias ? bias.values[o]! : 0;
    for (let i = 0; i < x.length; i++) total += x[i]! * weight.values[i * outs + o]!;
    y.push(total);
  }
  return y;
}

/** Softmax among the places that are not gone; 0 elsewhere, and everywhere if all are gone. */
function softmax(scores: readonly number[], gone: ReadonlySet<number>): number[] {
  let [largest, total] = [-Infinity, 0];
  for (let i = 0; i < scores.length; i++) if (!gone.has(i)) largest = Math.max(largest, scores[i]!);
  const powers = scores.map((score, i) => (gone.has(i) ? 0 : Math.exp(score - largest)));
  for (const power of powers) total += power;
  return powers.map((power) => (total === 0 ? 0 : power / total));
}

function mix(weights: readonly number[], vectors: readonly (readonly number[])[], dim: number): number[] {
  const y = new Array<number>(dim).fill(0);
  for (let i = 0; i < weights.length; i++) for (let k = 0; k < dim; k++) y[k] = y[k]! + weights[i]! * vectors[i]![k]!;
  return y;
}

/** [block][cell][channels], row by row. */
function blocksOf(map: Sample["map"]): number[][][] {
  const blocks: number[][][] = [];
  for (let row = 0; row + 1 < map.length; row += 2)
    for (let column = 0; column + 1 < map[0]!.length; column += 2)
      blocks.push([
        [...map[row]![column]!],
        [...map[row]![column + 1]!],
        [...map[row + 1]![column]!],
        [...map[row + 1]![column + 1]!],
      ]);
  return blocks;
}

/** The three largest β of those that exceed 1 / p, by picking the largest three times. */
function struckBy(beta: readonly number[]): number[] {
  const struck: number[] = [];
  for (let pick = 0; pick < 3; pick++) {
    let best = -1;
    for (let i = 0; i < beta.length; i++) if (!struck.includes(i) && (best < 0 || beta[i]! > beta[best]!)) best = i;
    if (best >= 0 && beta[best]! > 1 / beta.length + 1e-6) struck.push(best);
  }
  return struck;
}

/** The features of one sample, and what each stage did. `own`: whether the names of the weights begin with `stage1.` */
export function reference(
  { map, phrases }: Sample,
  weights: Weights,
  { stages, textDim, own }: { stages: number; textDim: number; own: boolean },
): { features: number[]; stages: ReferenceStage[] } {
  const blocks = blocksOf(map);
  const channels = map[0]![0]!.length;
  const pooled = blocks.map((cells) => cells[0]!.map((_, k) => Math.max(...cells.map((cell) => cell[k]!))));
  const features = new Array<number>(channels).fill(0);
  for (const row of map)
    for (const cell of row)
      for (let k = 0; k < channels; k++) features[k] = features[k]! + cell[k]! / (map.length * row.length);
  const [goneBlocks, gonePhrases, seen] = [new Set<number>(), new Set<number>(), [] as ReferenceStage[]];
  for (let t = 1; t <= stages; t++) {
    const of = (name: string) => weights[own ? `stage${t}.${name}` : name]!;
    const sam = (x: readonly number[], name: string, delta: (h: number) => number) =>
      affine(affine(x, of(`${name}.fc1.weight`), of(`${name}.fc1.bias`)).map(delta), of(`${name}.fc2.weight`))[0]!;

    const alpha = softmax(pooled.map((x) => sam(x, "visualScorer", (h) => Math.max(0, h))), goneBlocks); // prettier-ignore
    let block = -1;
    for (let i = 0; i < alpha.length; i++)
      if (!goneBlocks.has(i) && (block < 0 || alpha[i]! > alpha[block]!)) block = i;
    const convolved = blocks[block]!.map((cell) => affine(cell, of("local.weight"), of("local.bias")));
    const local = convolved[0]!.map((_, k) => (convolved[0]![k]! + convolved[1]![k]! + convolved[2]![k]! + convolved[3]![k]!) / 4); // prettier-ignore
    const visual = [...mix(alpha, pooled, channels), ...local];
    goneBlocks.add(block);
    if (goneBlocks.size === blocks.length) goneBlocks.clear();

    const query = affine(local, of("phraseScorer.weight"));
    const beta = softmax(phrases.map((z) => z.reduce((total, value, k) => total + value * query[k]!, 0)), gonePhrases); // prettier-ignore
    const struck = struckBy(beta);
    for (const i of struck) gonePhrases.add(i);
    const gamma = softmax(phrases.map((z) => sam(z, "textScorer", Math.tanh)), gonePhrases); // prettier-ignore
    const text = [...mix(gamma, phrases, textDim), ...mix(beta, phrases, textDim)];
    features.push(...affine([...visual, ...text], weights["final.weight"]!, weights["final.bias"]!));
    seen.push({ alpha, block, beta, gamma, struck });
  }
  return { features, stages: seen };
}
