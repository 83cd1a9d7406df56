// npm run learn -- page: all tables and charts as one page, bench/learning/results/index.html.
import type { Experiment, Outcome } from "./experiment.ts";
import { HEADS, rowsOf } from "./table.ts";

const STYLE = `
:root { color-scheme: light dark; --faint: #d0d7de; }
@media (prefers-color-scheme: dark) { :root { --faint: #343a42; } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; background: #fff; color: #24292f; }
@media (prefers-color-scheme: dark) { body { background: #14171c; color: #d6dae0; } }
h1, h2 { line-height: 1.25; }
h2 { margin-top: 3rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: top; }
img { display: block; width: 100%; max-width: 720px; margin-top: 1rem; }
`;

export interface Run {
	readonly name: string;
	readonly experiment: Experiment;
	readonly outcomes: readonly Outcome[];
	readonly svg?: string;
}

export function page(runs: readonly Run[]): string {
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bptt: what it learns</title>
<style>${STYLE}</style>
<h1>Does it learn what the papers say can be learned?</h1>
<p>Numbers in a row are of seeds 1, 2, 3; settings were chosen on seeds from 101 on. Seconds are of one core of a shared machine. How each
experiment is set, and why a result differs from its paper's, is in <code>bench/learning/README.md</code>.</p>
${runs.map(section).join("\n")}
</html>
`;
}

function section({ name, experiment, outcomes, svg }: Run): string {
	const row = (tag: string, cells: readonly string[]) =>
		`<tr>${cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join("")}</tr>`;
	const rows = rowsOf(experiment, outcomes).map((cells) => row("td", cells));
	return `<h2 id="${name}">${text(experiment.title)}</h2>
<p>The paper: ${text(experiment.paper)}.</p>
<div><table>
${[row("th", HEADS), ...rows].join("\n")}
</table></div>
${svg === undefined ? "" : image(svg, experiment.title)}`;
}

/** As an image, an SVG keeps its style and its ids to itself. */
function image(svg: string, title: string): string {
	return `<img alt="${text(title)}" src="data:image/svg+xml,${encodeURIComponent(svg)}">`;
}

function text(plain: string): string {
	return plain.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
