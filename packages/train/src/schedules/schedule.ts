import { described } from "../described.js";

/**
 * The learning rate, or another hyperparameter, of a step, counted from 0, of a run of `steps` steps. A pure
 * function: the loop says how long the run is, so that a schedule cannot end too early or too late. Compose schedules
 * as functions: `(s, n) => 2 * cosine(…)(s, n)`.
 */
export type Schedule = (step: number, steps: number) => number;

/**
 * A schedule for the learning rate and one for each other hyperparameter of the optimizer that moves, by its name in
 * the optimizer's `config`: `{ learningRate: cosine({ learningRate: 0.1 }), momentum: (s, n) => 0.9 + (0.09 * s) / n
 * }`.
 */
export type Schedules = Readonly<Record<string, Schedule>> & { readonly learningRate: Schedule };

/** One schedule alone is that of the learning rate. @throws TypeError for what is no schedule, or has none for that */
export function schedulesOf(schedule: Schedule | Schedules): Schedules {
  if (typeof schedule === "function") return { learningRate: schedule };
  const bad = (got: string) =>
    new TypeError(
      "fit: `schedule` must be a function of the step, such as `constant(0.1)`, or a record of such functions, one of " +
        `them called \`learningRate\`; got ${got}.`,
    );
  if (typeof schedule !== "object" || schedule === null) throw bad(described(schedule));
  if (!("learningRate" in schedule)) throw bad(`only ${Object.keys(schedule).join(", ") || "an empty one"}`);
  for (const [name, at] of Object.entries<unknown>(schedule))
    if (typeof at !== "function") throw bad(`${described(at)} as \`${name}\``);
  return schedule;
}

/** A part of a run: below 1 a share of its steps, from 1 a number of steps. */
export type Span = number;

/**
 * A span in steps. A share of 0.55 of 100 steps is 55: the product in doubles is 55.00000000000001, which a
 * comparison with step 55 would take for later. Halves are kept as exact, since some round.
 *
 * @throws RangeError for a negative span
 */
export function stepsOf(who: string, span: Span, steps: number): number {
  if (!(span >= 0)) throw new RangeError(`${who}: a part of a run must be at least 0, got ${span}.`);
  if (span >= 1) return span;
  const product = span * steps;
  const exact = Math.round(2 * product) / 2;
  return Math.abs(product - exact) <= 1e-12 * product ? exact : product;
}

/** @throws RangeError for a value that is not finite */
export function requireFinite(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value)) throw new RangeError(`${who}: \`${name}\` must be a finite number, got ${value}.`);
}
