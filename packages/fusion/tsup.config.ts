import { libraryBuild } from "../../tools/tsup-preset.js";

export default libraryBuild({ index: "src/index.ts", "contract/index": "src/contract/index.ts" });
