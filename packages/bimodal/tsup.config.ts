import { libraryBuild } from "../../tools/tsup-preset.js";

export default libraryBuild({ index: "src/index.ts", wink: "src/wink.ts", "node/index": "src/node/index.ts" });
