// A hub for examples, without a network: prints its address, and runs until its input ends.
import "../vitest/setup.js";
import { exampleHub } from "../readme/hub.js";

const hub = await exampleHub();
console.log(hub.endpoint);
process.stdin.resume().on("end", () => void hub.close());
