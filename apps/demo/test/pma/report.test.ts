import { defaultsOf, markdown, resultsOf, type Figure, type JobRecord } from "@fovea/experiment";
import { describe, expect, it } from "vitest";
import { TEXTS } from "../../src/pma/batches.js";
import { experiment } from "../../src/pma/experiment.js";
import { networks } from "../../src/pma/networks.js";
import { report } from "../../src/pma/report.js";
import { settings as spec } from "../../src/pma/settings.js";
import { ran } from "../provenance.js";
import { changedByHand } from "../published.js";

const settings = { ...defaultsOf(spec), epochs: 9 };
const ids = networks.map(({ id }) => id);

/** What a job might have come to. */
const recordOf = (variant: string, seed: number, top1: (text: string) => number): JobRecord<readonly Figure[]> => ({
  ...{ id: `seed-${seed}/${variant}`, experiment: "pma", variant, sweep: null, settings: { ...settings, seed } },
  ...{ ...ran, command: "npm run demo -- pma results", params: 1234 },
  data: {
    ...{ name: "set", description: "Things.", classes: ["cat", "lynx", "dog", "wolf"], sources: [] },
    sizes: { train: 8, validation: 6, test: 4 },
  },
  stages: [
    {
      ...{ name: "", seconds: 5, best: { epoch: 2, value: 0.5 }, test: null },
      ...{ curves: { loss: [3, 2, 1] }, validation: { top1: [0.2, 0.5] } },
    },
  ],
  test: {
    measurements: TEXTS.map((text) => ({ metric: "top1", value: top1(text), at: { text } })),
    confusion: [[5, 3, 0, 0], [2, 6, 0, 0], [0, 1, 7, 0], [0, 0, 0, 8]], // prettier-ignore
  },
});

const pageOf = (variants = ids) => {
  const share: Record<string, number> = { all: 0.75, one: 0.7, none: 0.25 };
  const records = [0, 1].flatMap((seed) =>
    variants.map((id) => recordOf(id, seed, (text) => (id === "pma" ? share[text]! - 0.1 * seed : 0.5))),
  );
  const typed = "npm run demo -- pma results";
  const results = resultsOf(experiment, settings, { command: "results", typed, variants, seeds: 2 }, records);
  return markdown(experiment.title, report(results), "pma").text;
};

describe("the page of results", () => {
  const page = pageOf();

  it("says how well each variant does with all, some and no text", () => {
    expect(page).toContain("| image and text: PMA | 50.0 ± 0.0 | 70.0 ± 7.1 | 65.0 ± 7.1 | 20.0 ± 7.1 | 1,234 |");
    expect(page).toContain("Guessing gives 25.0 %.");
  });

  it("says what text and masks add, and how close the student comes", () => {
    expect(page).toContain("- image and text: PMA against image: CNN: test top-1 20.0 ± 7.1");
    expect(page).toContain("- PMA, no masks against image and text: PMA: test top-1 -20.0 ± 7.1");
    expect(page).toContain(
      "against its teacher with all text: -20.0 ± 7.1; against its teacher without text: 30.0 ± 7.1",
    );
    expect(pageOf(["cnn", "student"])).not.toContain("its teacher with all text");
  });

  it("says how it was made, and has no hole", () => {
    for (const part of ["epochs 9, learningRate", "4 classes; 8 train, 6 validation, 4 test", "at commit abc1234"])
      expect(page).toContain(part);
    expect(page).not.toMatch(/undefined|NaN|<svg|data:/);
  });

  it("has every sentence of the published page", () => expect(changedByHand("pma", page)).toEqual([]));
});
