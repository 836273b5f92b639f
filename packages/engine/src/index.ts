export { completeWasm } from "./wasm/complete-wasm.js";
