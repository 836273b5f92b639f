/** Refuses weights that are not one a class, finite and ≥ 0. */
export function checkClassWeights(who: string, classes: number, classWeights: readonly number[] | undefined): void {
  if (!classWeights) return;
  if (classWeights.length !== classes)
    throw new RangeError(
      `${who}: expected one weight a class in \`classWeights\` (classes=${classes} from \`logits\`), ` +
        `got ${classWeights.length}.`,
    );
  const bad = classWeights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad >= 0)
    throw new RangeError(`${who}: expected finite \`classWeights\` ≥ 0, got ${classWeights[bad]} for class ${bad}.`);
}
