// The same training in Node, to compare with.
import { useEngine } from "@fovea/engine";
import { trainings } from "./train.js";

await useEngine("wasm");
console.log(JSON.stringify(await trainings()));
