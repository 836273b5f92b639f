import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const conditions = ["@fovea/source", "node", "import", "default"];

export default defineConfig({
  root: fileURLToPath(new URL("../../../..", import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ["packages/tfjs-backend-onnxruntime/test/processes/*.spec.ts"] },
});
