import type { Tagger } from "@fovea/bimodal";
import model from "wink-eng-lite-web-model";
import wink from "wink-nlp";

const { readDoc, its } = wink(model, ["sbd", "pos"]);

/** wink-nlp as it is, to compare with. */
export const plainWink: Tagger = (sentence) => {
  const tokens = readDoc(sentence).tokens();
  const tags = tokens.out(its.pos);
  return tokens.out(its.value).map((text, i) => ({ text, tag: tags[i]! }));
};
