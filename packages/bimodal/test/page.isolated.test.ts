import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, it } from "vitest";

const page = `
  import { phraseExtractor } from "@fovea/bimodal";
  import { winkTagger } from "@fovea/bimodal/wink";
  answer = phraseExtractor(winkTagger())("A bird with a red crown.");`;

it("phrases are found in a page: a bundle without a module of Node, run where only the web's names are", async () => {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "browser",
    format: "iife",
    conditions: ["@fovea/source"],
    write: false,
  });
  const names = createContext({ atob, answer: undefined });
  runInContext(outputFiles[0]!.text, names);
  expect(names["answer"]).toEqual(["bird", "red crown"]);
});
