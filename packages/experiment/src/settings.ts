import { InvalidArgumentError, Option, type Command } from "commander";

/** One setting of an experiment: from it follow the type, the flag of the command line, its help and its default. */
export interface Setting<T> {
  /** The value if none is given. */
  readonly default: T;
  /** What it means, for `--help`: "passes over the training images". */
  readonly words: string;
  /** Reads the value of the flag. Without it the setting has no flag. @throws InvalidArgumentError */
  readonly parse?: (text: string) => T;
  /** The only values there are, if they are few. */
  readonly choices?: readonly T[];
  /** Whether results follow from it. What does not, may change when a run is gone on with. Default true. */
  readonly decisive?: boolean;
}

/** The settings of an experiment, by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each setting has a type of its own
export type SettingsSpec = Readonly<Record<string, Setting<any>>>;

/** Values of the settings, and the seed of everything random: all that decides what a run does. Plain JSON. */
export type SettingsOf<Spec extends SettingsSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Setting<infer T> ? T : never;
} & { readonly seed: number };

const number =
  (expected: string, isRight: (value: number) => boolean) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !isRight(value)) throw new InvalidArgumentError(`expected ${expected}.`);
    return value;
  };

/** Reads an integer of at least 1. @throws InvalidArgumentError for other text */
export const parseCount = number("a whole number of at least 1", (value) => Number.isSafeInteger(value) && value >= 1);
/** Reads an integer of at least 0. @throws InvalidArgumentError for other text */
export const parseInteger = number(
  "a whole number of at least 0",
  (value) => Number.isSafeInteger(value) && value >= 0,
);
const parseRate = number("a number above 0", (value) => value > 0 && value < Infinity);
const parseWeight = number("a number of at least 0", (value) => value >= 0 && value < Infinity);
/** Words with commas between them. */
export const parseList = (text: string): string[] => text.split(",").map((word) => word.trim());

type Make<T> = (value: T, words: string) => Setting<T>;
const made =
  <T>(parse: (text: string) => T): Make<T> =>
  (value, words) => ({ default: value, words, parse });

/** An integer of at least 1. */
export const count = made(parseCount);
/** An integer of at least 0. */
export const integer = made(parseInteger);
/** A number above 0: a learning rate. */
export const rate = made(parseRate);
/** A number of at least 0: the weight of a term of a loss, which 0 leaves out. */
export const weight = made(parseWeight);
export const text = made((given) => given);
/** Words, with commas between them. */
export const list = made<readonly string[]>(parseList);
/** Integers of at least 1, with commas between them. */
export const counts = made<readonly number[]>((given) => parseList(given).map(parseCount));
/** Numbers of at least 0, with commas between them. */
export const weights = made<readonly number[]>((given) => parseList(given).map(parseWeight));
/** One of a few words. */
export const choice = <T extends string>(value: T, choices: readonly T[], words: string): Setting<T> => ({
  default: value,
  words,
  choices,
});
/** A setting that the command line does not offer. */
export const fixed = <T>(value: T, words: string): Setting<T> => ({ default: value, words });

/** The values that hold where none are given. */
export const defaultsOf = <Spec extends SettingsSpec>(spec: Spec): SettingsOf<Spec> =>
  ({
    ...Object.fromEntries(Object.entries(spec).map(([name, setting]) => [name, setting.default as unknown])),
    seed: 0,
  }) as SettingsOf<Spec>;

/** `tuneEpochs` is `--tune-epochs <n>`. */
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Gives a command an option for each setting. */
export function addSettings(command: Command, spec: SettingsSpec, defaults: object = defaultsOf(spec)): Command {
  for (const [name, { words, parse, choices }] of Object.entries(spec)) {
    if (!parse && !choices) continue;
    const value = (defaults as Record<string, unknown>)[name];
    const option = new Option(`${flagOf(name)} <value>`, words).default(value, Array.isArray(value) ? value.join(",") : undefined); // prettier-ignore
    command.addOption(choices ? option.choices(choices as string[]) : option.argParser(parse!));
  }
  return command;
}

/** The settings among the options that a command has read. */
export const settingsIn = <Spec extends SettingsSpec>(
  spec: Spec,
  defaults: SettingsOf<Spec>,
  options: Readonly<Record<string, unknown>>,
): SettingsOf<Spec> => {
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => name in spec));
  return { ...defaults, ...given };
};

/** The settings that results follow from. */
export const decisive = <Spec extends SettingsSpec>(
  spec: Spec,
  settings: SettingsOf<Spec>,
): Readonly<Record<string, unknown>> & { readonly seed: number } => {
  const kept = Object.entries(settings).filter(([name]) => spec[name]?.decisive !== false);
  return Object.fromEntries(kept) as Record<string, unknown> & { seed: number };
};

/** What a page says of the budget: `epochs 10, learningRate 0.003`, without the data and the seed. */
export const budgetOf = (settings: object): string =>
  Object.entries(settings)
    .filter(([name]) => name !== "data" && name !== "seed")
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : String(value)}`)
    .join(", ");
