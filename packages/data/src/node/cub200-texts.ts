import { dirname, join } from "node:path";
import type { CubImage } from "./cub200-lists.js";
import type { AttributeLabels } from "./fine-grained.js";
import { requireFolder } from "./listing.js";
import { eachLine, firstThere, readTable, someText, type Table } from "./lists.js";

interface AttributeReader {
  readonly attributeNames: readonly string[];
  /** Undefined where there is no list of labels. */
  readonly attributesOf: ((image: string) => Promise<AttributeLabels>) | undefined;
}

/**
 * Names at once, labels at the first call: they are 3.7 million lines. In the archive attributes.txt lies beside
 * CUB_200_2011, although its README says inside.
 */
export async function attributeReader(base: string, images: readonly CubImage[]): Promise<AttributeReader> {
  const places = [join(base, "attributes"), base, dirname(base)].map((folder) => join(folder, "attributes.txt"));
  const path = await firstThere(places);
  const names: Table<string> = path
    ? await readTable("cub200", path, "<attribute number> <name>", someText)
    : new Map();
  const attributeNames = [...names.values()].map(({ value }) => value);
  const list = await firstThere([join(base, "attributes", "image_attribute_labels.txt")]);
  if (list === undefined) return { attributeNames, attributesOf: undefined };
  let reading: Promise<ReadonlyMap<string, AttributeLabels>> | undefined;
  const attributesOf = async (image: string) => {
    if (path === undefined)
      throw new Error(`cub200: the attributes need attributes.txt; it is not in ${places.join(" or ")}.`);
    reading ??= readAttributes(list, path, [...names.keys()], images);
    return (await reading).get(image)!;
  };
  return { attributeNames, attributesOf };
}

/** Lines `image attribute present certainty seconds`; those of other images are passed over. */
async function readAttributes(
  list: string,
  namesPath: string,
  attributes: readonly string[],
  images: readonly CubImage[],
): Promise<ReadonlyMap<string, AttributeLabels>> {
  const column = new Map(attributes.map((attribute, i) => [attribute, i]));
  const empty = () => new Uint8Array(attributes.length);
  const table = new Map(images.map(({ number }) => [number, { present: empty(), certainty: empty() }]));
  await eachLine(list, (text, at) => {
    const [image = "", attribute = "", present = "", ...rest] = text.split(/\s+/);
    const row = table.get(image);
    if (!row) return;
    const i = column.get(attribute);
    if ((present !== "0" && present !== "1") || rest.length < 2)
      throw new Error(
        `cub200: ${at()}: expected \`<image number> <attribute number> <0 or 1> <certainty> <seconds>\`, got \`${text}\`.`,
      );
    if (i === undefined) throw new Error(`cub200: ${at()}: attribute ${attribute} is not in ${namesPath}.`);
    row.present[i] = Number(present);
    row.certainty[i] = certaintyOf(rest.slice(0, -1));
  });
  return table;
}

/** Some lines of the archive have zeros too many between presence and seconds: the certainty is what is 1 … 4. */
const certaintyOf = (fields: readonly string[]): number => Number(fields.find((field) => /^[1-4]$/.test(field)) ?? 0);

/** The folder of the sentences in the layout of Reed et al., text_c10/CLASS/IMAGE.txt; undefined if there is none. */
export async function captionPlace(base: string, wanted: string | undefined): Promise<string | undefined> {
  if (wanted !== undefined) await requireFolder("cub200", wanted);
  const places = [base, dirname(base)].flatMap((at) => [join(at, "text_c10"), join(at, "cvpr2016_cub", "text_c10")]);
  return wanted ?? (await firstThere(places));
}
