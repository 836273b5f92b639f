import { engines, type EngineName } from "@fovea/engine";
import { withInterrupt } from "@fovea/train";
import { InvalidArgumentError, Option } from "commander";

/** A whole number of at least 1. */
export const count = (text: string): number => {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new InvalidArgumentError("expected a whole number of at least 1.");
  return value;
};

/** A whole number of at least 0. */
export const whole = (text: string): number => {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw new InvalidArgumentError("expected a whole number of at least 0.");
  return value;
};

export const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
};

/** A weight of a term of a loss; 0 leaves it out. */
export const weight = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Infinity))
    throw new InvalidArgumentError("expected a number of at least 0.");
  return value;
};

/** Weights with commas between them. */
export const weights = (text: string): number[] => list(text).map(weight);

/** Whole numbers of at least 1 with commas between them. */
export const counts = (text: string): number[] => list(text).map(count);

/** Words with commas between them. */
export const list = (text: string): string[] => text.split(",").map((word) => word.trim());

export const engineOption = () =>
  new Option("--engine <name>", "TensorFlow.js engine; default: the fastest that works").choices(
    engines.map(({ name }) => name),
  );

export interface EngineArgument {
  readonly engine?: EngineName;
}

/** This command, as one would type it. */
export const typedCommand = (): string => ["npm run demo --", ...process.argv.slice(2)].join(" ").replace(/ --$/, "");

/** Ctrl-C ends it with a checkpoint, and says how to go on. */
export const untilInterrupted = (how: string, run: (signal: AbortSignal) => Promise<void>): Promise<void> =>
  withInterrupt(async (signal) => {
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      console.error(`Interrupted. The same command ${how} goes on from here.`);
      process.exitCode = 130;
    }
  });
