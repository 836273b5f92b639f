import { byPrefix, type Naming } from "./naming.js";

/** timm's names of VGG, whose classifier is of convolutions, for a network with torchvision's. */
export const timmVgg: Naming = {
  name: "timm's VGG",
  rename: byPrefix({
    "pre_logits.fc1": "classifier.0",
    "pre_logits.fc2": "classifier.3",
    "head.fc": "classifier.6",
  }),
};
