import { describe, expect, it } from "vitest";
import { manifestOf, members, read, type Manifest } from "../workspace.js";
import { ownKeywords, publishingProblems } from "./published.js";

const published = members.filter((member) => !manifestOf(member).private);

describe("every published package", () => {
  it.each(published)("%s says where it comes from, what is in it, and builds before it goes out", (member) => {
    expect(publishingProblems(member, manifestOf(member))).toEqual([]);
  });

  it("is found by words of its own", () => {
    const own = ownKeywords(Object.fromEntries(published.map((member) => [member, manifestOf(member).keywords ?? []])));
    expect(Object.entries(own).filter(([, words]) => words.length < 3)).toEqual([]);
  });
});

describe("publishingProblems", () => {
  const right = manifestOf("packages/fusion");
  const broken: ReadonlyArray<[string, Partial<Record<keyof Manifest | "repository" | "publishConfig", unknown>>]> = [
    ["repository", { repository: { type: "git", url: "git+https://github.com/fovea-ml/fovea.git" } }],
    ["publishConfig", { publishConfig: { access: "public" } }],
    ["CHANGELOG.md", { files: ["dist", "src"] }],
    ["prepack", { scripts: { build: "tsup" } }],
    ["keywords", { keywords: ["tfjs"] }],
    ["@fovea/nn", { dependencies: { "@fovea/nn": "0.0.0" } }],
  ];

  it.each(broken)("names %s where it is wrong", (name, fields) => {
    const problems = publishingProblems("packages/fusion", { ...right, ...fields } as Manifest);
    expect(problems).toEqual([expect.stringContaining(name)]);
  });
});

it("npm is told to sign where a release was built", () => {
  const workflow = read(".github/workflows/release.yml");
  expect(workflow).toMatch(/^ +id-token: write\b/m);
  expect(workflow).toMatch(/^ +NPM_CONFIG_PROVENANCE: "?true"?$/m);
});
