import { libraryBuild } from "../../tools/tsup-preset.js";

export default libraryBuild({
  index: "src/index.ts",
  "testing/index": "src/testing/index.ts",
  "node/index": "src/node/index.ts",
});
