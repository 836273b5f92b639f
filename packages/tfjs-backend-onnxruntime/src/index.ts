import { register } from "./register.js";

export { fallbacks, resetFallbacks } from "./fallbacks.js";
export { sessionCount } from "./kernels.js";
export { requireRuntime } from "./runtime/binding.js";
export { getThreads, setThreads } from "./runtime/threads.js";

register();
