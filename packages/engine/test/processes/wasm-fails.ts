/** Starts `wasm`, then fails in the way that the argument says. */
import { useEngine } from "@fovea/engine";

await useEngine("wasm");
if (process.argv[2] === "throw")
  setTimeout(() => { throw new Error("mine"); }); // prettier-ignore
else {
  process.on("unhandledRejection", (reason) => console.log(`told: ${(reason as Error).message}`));
  void Promise.reject(new Error("mine"));
  setTimeout(() => console.log("alive"), 50);
}
