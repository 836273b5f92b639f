import "@fovea/tfjs-backend-onnxruntime";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
setTestEnvs([
  { name: "cpu", backendName: "cpu", isDataSync: true },
  { name: "onnxruntime", backendName: "onnxruntime", isDataSync: true },
  { name: "onnxruntime", backendName: "onnxruntime", isDataSync: true, flags: { ONNXRUNTIME_ALL_NATIVE: true } },
]);
