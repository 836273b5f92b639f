import { emojiGroups, type EmojiGroup } from "./catalogue.js";
import type { Variation } from "./pose.js";
import { fluentVendors, vendors, type Vendor } from "./vendors.js";

/** What has to hold before anything is read. */
export interface Checked {
  readonly group: EmojiGroup;
  readonly classes: number | undefined;
  readonly train: readonly Vendor[];
  readonly test: readonly Vendor[];
  readonly size: number;
  readonly renderings: { readonly train: number; readonly test: number };
  readonly variation: Variation;
}

/** @throws RangeError that names the field, what it must be and what came */
export function checkEmojiViews({ group, classes, train, test, size, renderings, variation }: Checked): void {
  oneOf("group", group, emojiGroups);
  checkVendors(train, test);
  whole("classes", classes ?? 1);
  whole("size", size);
  whole("renderings.train", renderings.train);
  whole("renderings.test", renderings.test);
  checkVariation(variation);
}

function checkVendors(train: readonly Vendor[], test: readonly Vendor[]): void {
  for (const [side, chosen] of Object.entries({ train, test })) {
    for (const vendor of chosen) oneOf(side, vendor, vendors);
    if (new Set(chosen).size < chosen.length) fail(`\`${side}\` must name every vendor once`, chosen.join(", "));
  }
  if (train.length + test.length === 0) fail("`train` and `test` must name at least one vendor", "none");
  const both = train.filter((vendor) => test.includes(vendor));
  if (both.length > 0) fail("no vendor may be on both sides, or the test would show what was learned", both.join(", "));
  const fluent = (side: readonly Vendor[]) => side.filter((vendor) => fluentVendors.includes(vendor));
  if (fluent(train).length > 0 && fluent(test).length > 0)
    fail(
      `${fluentVendors.join(", ")} are one drawing and must be on one side`,
      `\`train\` ${fluent(train).join(", ")} and \`test\` ${fluent(test).join(", ")}`,
    );
}

function checkVariation({ rotation, tilt, scale, shift, light, background }: Variation): void {
  within("rotation", rotation, 0, 180);
  within("tilt", tilt, 0, 80);
  within("scale[1]", scale[1], 0.1, 1);
  within("scale[0]", scale[0], 0.1, scale[1]);
  within("shift", shift, 0, 1);
  within("light", light, 0, 1);
  oneOf("variation.background", background, ["photo", "white"]);
}

const within = (field: string, value: number, least: number, most: number): void => {
  if (!(value >= least && value <= most)) fail(`\`variation.${field}\` must be in ${least} … ${most}`, value);
};

const whole = (field: string, value: number): void => {
  if (!(Number.isSafeInteger(value) && value >= 1)) fail(`\`${field}\` must be a whole number of at least 1`, value);
};

const oneOf = (field: string, value: string, known: readonly string[]): void => {
  if (!known.includes(value)) fail(`\`${field}\` must be of ${known.join(", ")}`, value);
};

const fail = (expected: string, got: unknown): never => {
  throw new RangeError(`emojiViews: ${expected}, got ${String(got)}.`);
};
