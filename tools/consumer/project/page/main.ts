// The page: starts wasm, trains, and sends home what came of it.
import { useWasm } from "@fovea/engine/wasm";
import { trainings } from "./train.js";

const send = (report: object) => fetch("/report", { method: "POST", body: JSON.stringify(report) });

addEventListener("error", ({ message }) => void send({ error: message }));
addEventListener("unhandledrejection", ({ reason }) => void send({ error: String(reason) }));

const { simd, completed } = await useWasm({ wasmPaths: "/wasm/" });
const done = await trainings();
document.body.textContent = done.map(({ name, seconds }) => `${name}: ${seconds.toFixed(2)} s`).join(", ");
await send({ simd, completed: completed.length, trainings: done });
