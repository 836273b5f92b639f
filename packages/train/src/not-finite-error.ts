/** A step whose loss or gradient is NaN or infinite. The module's weights are as they were before that step. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  constructor(
    /** Counted from 0. */
    readonly step: number,
    /** The name of the value that was not finite: `loss`, `loss/term`, `gradient of param`. */
    readonly culprits: readonly string[],
    values: Readonly<Record<string, number>>,
  ) {
    const named = culprits.map((name) => (name in values ? `${name} = ${values[name]}` : name));
    super(
      `fit: step ${step} is not finite: ${named.slice(0, 8).join(", ")}${named.length > 8 ? ", …" : ""}. ` +
        "The weights are as they were before it; look at its batch, or lower the learning rate or `clipNorm`.",
    );
  }
}

/**
 * @param losses - `loss`, `loss/term`, …
 * @param squares - squared norm of each gradient, by param
 * @throws NotFiniteError that names every loss, or else every gradient, that is not finite
 */
export function requireFiniteStep(
  step: number,
  losses: Readonly<Record<string, number>>,
  squares: Readonly<Record<string, number>>,
): void {
  const broken = (values: Readonly<Record<string, number>>) =>
    Object.keys(values).filter((name) => !Number.isFinite(values[name]));
  const terms = broken(losses);
  // The terms say more than the total, which is broken whenever one of them is.
  const culprits = terms.length > 1 ? terms.filter((name) => name !== "loss") : terms;
  if (culprits.length > 0) throw new NotFiniteError(step, culprits, losses);
  const params = broken(squares).map((name) => `gradient of ${name}`);
  if (params.length > 0) throw new NotFiniteError(step, params, losses);
}
