import { expect, it } from "vitest";
import { filesUnder, manifestOf, members, read } from "../workspace.js";
import { changesetProblems } from "./changesets.js";

const published = members.map(manifestOf).filter((manifest) => !manifest.private);
const versions = Object.fromEntries(published.map(({ name, version }) => [name, version]));

it("changesets are of published packages, and none leaps to 1.0.0", () => {
  const paths = filesUnder(".changeset").filter((path) => path.endsWith(".md"));
  expect(paths.flatMap((path) => changesetProblems(versions, { path, text: read(path) }))).toEqual([]);
});

it.each([
  ['"@fovea/nn": minor', []],
  ['"@fovea/nn": major', [expect.stringContaining("1.0.0")]],
  ['"@fovea/losses": major', []],
  ['"@fovea/demo-app": patch', [expect.stringContaining("not published")]],
])("a changeset of %s", (line, problems) => {
  const text = `---\n${line}\n---\n\nText.\n`;
  expect(changesetProblems({ "@fovea/nn": "0.1.0", "@fovea/losses": "1.0.0" }, { path: "a.md", text })).toEqual(
    problems,
  );
});
