import { useEngine, type EngineName } from "@fovea/engine";

await useEngine("cpu"); // to compare with
await useEngine("wasm"); // some tests are about it
await useEngine(process.env["FOVEA_ENGINE"] as EngineName | undefined);
