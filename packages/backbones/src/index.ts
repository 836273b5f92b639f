export { mobileNetV2, type MobileNetV2Config } from "./mobile-net-v2.js";
