import type { Gradients } from "./optimizers/clip.js";

/** A step whose loss or gradient is NaN or infinite. The module's weights are as they were before that step. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  constructor(
    /** Counted from 0. */
    readonly step: number,
    /** What was not finite: `loss`, `loss/term`, `gradient of param`. */
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

/** @throws NotFiniteError that names every value, or else every gradient, that is not finite */
export function requireFiniteStep(step: number, values: Record<string, number>, gradients: Gradients): void {
  const terms = Object.keys(values).filter((name) => name.startsWith("loss") && !Number.isFinite(values[name]));
  if (terms.length > 0) throw new NotFiniteError(step, causes(terms), values);
  if (Number.isFinite(values["gradientNorm"])) return;
  const broken = Object.keys(gradients).filter((name) => !gradients[name]!.dataSync().every((x) => Number.isFinite(x)));
  throw new NotFiniteError(
    step,
    broken.map((name) => `gradient of ${name}`),
    values,
  );
}

/** The terms say more than the total, which is broken whenever one of them is. */
const causes = (names: readonly string[]): readonly string[] =>
  names.length > 1 ? names.filter((name) => name !== "loss") : names;
