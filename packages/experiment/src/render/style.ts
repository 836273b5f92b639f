/** The look of all pages: light and dark, from 320 pixels of width on. Wide tables scroll by themselves. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5d6875; --line: #dfe3e8; --paper: #fff; --accent: #2b5fb3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa5b1; --line: #38414c; --paper: #14181d; --accent: #8ab4f8; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { margin: 0 auto; max-width: 1160px; padding: 28px 20px 64px; }
h1 { font-size: 27px; line-height: 1.25; margin: 0 0 12px; }
h2 { font-size: 19px; margin: 36px 0 10px; }
h3 { font-size: 15px; margin: 0 0 8px; }
p, ul { max-width: 80ch; margin: 8px 0; }
ul { padding-left: 1.2em; }
p, li, td, th, figcaption { overflow-wrap: break-word; }
a { color: var(--accent); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child { text-align: left; font-weight: 500; min-width: 11em; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
.charts { display: flex; flex-wrap: wrap; gap: 24px; }
.chart { max-width: 100%; }
svg, img { max-width: 100%; height: auto; }
.chart text { fill: var(--ink); }
.chart .role-axis-grid line { stroke: var(--line); }
.chart .role-axis-domain line, .chart .role-axis-tick line { stroke: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 18px; }
article { border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; min-width: 0; }
.label { color: var(--soft); font-size: 13px; margin: 8px 0 4px; }
.images { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 8px; }
.images img, .images figure:has(> img) { width: 96px; }
.images img { border-radius: 4px; }
.images svg { width: 230px; }
.wide { grid-column: 1 / -1; }
.wide .images img, .wide .images figure:has(> img) { width: 172px; }
figure { margin: 0; max-width: 100%; font-size: 12px; }
figcaption { max-width: 230px; color: var(--soft); }
`;
