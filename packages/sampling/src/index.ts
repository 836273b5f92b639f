export { drawWithoutReplacement, drawWithReplacement, factorsOf, takeAll, takeLargest, type Draw } from "./draw.js";
export { expectation } from "./expectation.js";
