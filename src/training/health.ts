import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import type { HealthReport, LayerHealth } from "./inspect.ts";

/** Columns of a plot at most. */
const WIDTH = 60;
const BARS = "▁▂▃▄▅▆▇█";
/** By how much norms differ that are said to vanish or to explode. */
const FAR = 1e3;
/** Share of a gate's values from which on it is said to be saturated. */
const MOST = 0.5;

/** A report of `trainer.inspect`, to print: of each recurrent layer a plot of the norm of the gradient, from the step where its
 * walk began to the one where it ended, on a logarithmic scale, and a sentence that says what it shows and what helps. */
export function formatHealth(report: HealthReport): string {
	if (!Array.isArray(report?.layers))
		throw new OptionError(`formatHealth: it takes what trainer.inspect gives, got ${show(report)}.`);
	if (report.layers.length === 0) return "No recurrent layer, so nothing goes through time.";
	return report.layers.map((layer) => [layer.name, plot(layer), verdict(layer)].join("\n")).join("\n\n");
}

/** Norms in the order of the walk: of all that carries the gradient from step to step, h and, where there is one, c. */
function walked({ hiddenNorm, cellNorm, reverse }: LayerHealth): number[] {
	const norms = Array.from(hiddenNorm, (norm, t) => (cellNorm ? Math.hypot(norm, cellNorm[t] as number) : norm));
	return reverse ? norms.reverse() : norms;
}

function plot(layer: LayerHealth): string {
	const norms = walked(layer);
	const columns = Math.min(WIDTH, norms.length);
	const logs = Array.from({ length: columns }, (_, column) => {
		const [from, to] = [column, column + 1].map((edge) => Math.floor((edge * norms.length) / columns));
		return Math.log10(Math.max(...norms.slice(from, to)));
	});
	const finite = logs.filter(Number.isFinite);
	if (finite.length === 0) return `  ${logs.map((log) => (log > 0 ? "!" : " ")).join("")}  no gradient`;
	const [least, most] = [Math.max(Math.min(...finite), Math.max(...finite) - 12), Math.max(...finite)];
	const bars = logs.map((log) => {
		if (!Number.isFinite(log)) return log > 0 || Number.isNaN(log) ? "!" : " ";
		const height = most === least ? BARS.length - 1 : ((log - least) / (most - least)) * (BARS.length - 1);
		return BARS[Math.max(0, Math.round(height))];
	});
	return `  ${bars.join("")}  ${power(10 ** least)} to ${power(10 ** most)}`;
}

function power(value: number): string {
	return value.toExponential(0);
}

/** What the norms of a layer show, in a sentence that names the remedy. */
export function verdict(layer: LayerHealth): string {
	const norms = walked(layer);
	if (!norms.every(Number.isFinite))
		return "the gradient is not finite: it exploded, or the loss did. Set clipNorm, lower learningRate, or scale the data.";
	const last = norms.length - 1;
	const end = norms.indexOf(Math.max(...norms.slice(-Math.ceil(norms.length / 10))));
	const first = norms[0] as number;
	const latest = norms[end] as number;
	if (latest === 0 && first === 0) return "no gradient comes back to it.";
	const lag = end;
	const doublings = Math.log2(first / latest);
	if (lag > 1 && first > FAR * latest)
		return `gradients explode: on the way back the norm doubles every ${steps(lag / doublings)} and is ${power(first)} after ${last} steps, ${power(first / latest)} times what it was. Set clipNorm${remedy(layer)}.`;
	if (lag > 1 && latest > FAR * first) {
		const gone = norms.findLastIndex((norm, t) => t <= end && norm < latest / FAR);
		const halving = first > 0 ? lag / -doublings : (end - gone) / Math.log2(FAR);
		return `gradients vanish: on the way back the norm halves every ${steps(halving)} and is ${power(first)} after ${last} steps. If the lag that your data need is longer than some ${Math.round(halving * Math.log2(FAR))} steps: chrono({ longest }) for the bias of a cell with gates, identity() or orthogonal() for the recurrent weights of an rnn.`;
	}
	const saturated = Object.entries(layer.saturation).filter(([, share]) => share > MOST);
	if (saturated.length > 0) {
		const list = saturated.map(([gate, share]) => `${Math.round(100 * share)} % of ${gate}`).join(", ");
		// The gate that decides how much of a state is kept: far open or shut on purpose where chrono starts it.
		const keeps = "f" in layer.saturation ? "f" : "z";
		const isKept = saturated.some(([gate]) => gate === keeps);
		return `gates are saturated: ${list}. What is saturated hardly learns: scale the data, start from smaller weights, or lower learningRate.${isKept ? " A gate that holds a long memory, as chrono() starts it, is meant to be so." : ""}`;
	}
	return `gradients reach every step: from ${power(latest)} to ${power(first)} over ${norms.length} steps.`;
}

/** What the recurrent weights have to do with a gradient that explodes, if there are any. */
function remedy({ spectralRadius }: LayerHealth): string {
	if (spectralRadius === undefined) return "";
	return `; a spectral radius of ${spectralRadius.toFixed(2)} asks for smaller or orthogonal() recurrent weights`;
}

function steps(count: number): string {
	return count < 10 ? `${count.toFixed(1)} steps` : `${Math.round(count)} steps`;
}
