import { madeBy } from "./provenance.js";
import type { Results } from "./results.js";
import { budgetOf } from "./settings.js";
import { bullets, detail, heading, paragraph, type Section } from "./section.js";

/** What every variant is. */
export const describeVariants = ({ variants }: Results): Section =>
  bullets(variants.map(({ name, description }) => `${name}: ${description}`));

/** "mean ± standard deviation over 3 seeds", or "one seed". */
export const overSeeds = ({ seeds }: Results): string =>
  seeds.length === 1 ? "one seed" : `mean ± standard deviation over ${seeds.length} seeds`;

/**
 * The end of a page: the data and their licences, the budget, and how it was made.
 *
 * @param more - what is to be said of the budget beside the settings
 */
export function howItWasMade(results: Results, more: string): Section[] {
  const { data, typed, records } = results;
  const settings = records.find(({ sweep }) => sweep === null)?.settings ?? {};
  const sizes = Object.entries(data.sizes).map(([split, size]) => `${size.toLocaleString("en")} ${split}`);
  const sources = data.sources.map(({ name, what, author, license, url, licenseText }) => `[${name}](${url}): ${what} by ${author}, [${license}](${licenseText})`); // prettier-ignore
  return detail(
    heading("How it was made"),
    paragraph(`**Data.** ${data.name}: ${data.description} ${data.classes.length} classes; ${sizes.join(", ")}.`),
    ...(sources.length > 0 ? [paragraph(`**Data and weights by others.** ${sources.join(". ")}.`)] : []),
    paragraph(`**Budget.** The same for all: ${budgetOf(settings)}; AdamW, one-cycle. ${more}`),
    paragraph(madeBy(typed, records)),
  );
}
