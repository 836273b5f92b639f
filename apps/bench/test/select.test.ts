import { describe, expect, it } from "vitest";
import { BadInput } from "../src/bad-input.js";
import { cases } from "../src/cases/all.js";
import { select } from "../src/select.js";

const names = (...patterns: string[]) => select(cases, patterns).map(({ name }) => name);

describe("select", () => {
  it("takes everything without a pattern", () => expect(names()).toHaveLength(cases.length));

  it("takes a group by wildcard, in the order of the table, each case once", () => {
    const fusions = cases.map(({ name }) => name).filter((name) => name.startsWith("fusion/"));
    expect(names("fusion/*")).toEqual(fusions);
    expect(names("fusion/vector-*", "fusion/*")).toEqual(fusions);
    expect(names("*/mv-hfmd")).toEqual(["loss/mv-hfmd", "model/mv-hfmd"]);
  });

  it("takes a name as it is, not as the beginning of another or as an expression", () => {
    expect(names("model/mv-hfmd")).toEqual(["model/mv-hfmd"]);
    expect(() => names("model.mv-hfmd")).toThrow(BadInput);
  });

  it("takes a module of the user's", () => expect(names("./a.js#create")).toEqual(["./a.js#create"]));

  it("refuses what matches nothing, with an example of each group", () =>
    expect(() => names("fusion/*", "nothing/*")).toThrow(
      /no case matches `nothing\/\*`; .*backbone\/.*fusion\/.*loss\/.*model\//,
    ));
});

describe("the tables", () => {
  it("name every case once, by its group", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    for (const { name } of cases) expect(name).toMatch(/^(op|layer|backbone|fusion|loss|model)\/[a-z0-9-]+$/);
  });
});
