// How far back the gradient reaches: its norm against the time lag, before training and after (Hochreiter 1991; Bengio et al. 1994).
import { type Batch, chrono, dense, gru, lastStep, lstm, type Random, rnn } from "bptt";
import { adding } from "./adding.ts";
import type { Line } from "./chart.ts";
import type { Experiment, Network, Outcome } from "./experiment.ts";
import { recommended, wrongOf } from "./solve.ts";
import { streamOf, type Task, type Trained, train } from "./train.ts";

interface Reach extends Outcome {
	/** ‖∂L/∂h[last - lag]‖ over that at lag 0, a number for each lag. */
	readonly before: readonly number[];
	readonly after: readonly number[];
}

const STEPS = 100;

/** Trains on the adding problem, whose loss is of the last step alone. */
export function gradientLag(): Experiment<Reach> {
	const task = adding(STEPS);
	const size = { inputSize: 2, hiddenSize: 64 };
	const initializers = { bias: chrono({ longest: STEPS }) };
	const network = (layer: Network["layers"][number]): Network => ({
		layers: [layer, lastStep(), dense({ outputSize: 1 })],
		training: recommended(0.005),
		most: 2000,
	});
	const title = `Norm of the gradient against time lag, adding problem of ${STEPS} steps`;
	return {
		title,
		paper: "a figure of every textbook: in a tanh RNN the gradient vanishes with the lag, in an LSTM it need not",
		networks: {
			rnn: network(rnn(size)),
			gru: network(gru(size)),
			"lstm, forget bias 1": network(lstm({ ...size, forgetBias: 1 })),
			"lstm, chrono": network(lstm({ ...size, initializers })),
		},
		async run(name, seed, limit) {
			const network = this.networks[name] as Network;
			const held = task.draw(streamOf(seed, "held"), 2048);
			const seen = ofOneLength(task, streamOf(seed, "test"));
			const settings = { task, network, name, seed, every: 50 };
			const fresh = await train({ ...settings, limit: 0, isSolved: () => false });
			const isSolved = ({ model }: Trained) => wrongOf(task, model, held) === 0;
			const { outcome, ...trained } = await train({ ...settings, limit, isSolved });
			return { ...outcome, before: norms(fresh, seen), after: norms(trained, seen) };
		},
		figure(outcomes) {
			const farthest = (when: "before" | "after") =>
				outcomes.map((one) => Number(one[when].at(-1)?.toPrecision(1))).join(", ");
			return `${STEPS - 1} steps back ${farthest("before")} before training, ${farthest("after")} after`;
		},
		chart(outcomes) {
			const lines = Object.keys(this.networks).flatMap((name, colour): Line[] => {
				const mine = outcomes.filter(({ network }) => network === name);
				return [
					{ name, colour, points: median(mine.map(({ after }) => after)) },
					{ name, colour, points: median(mine.map(({ before }) => before)), isDashed: true },
				];
			});
			return {
				title: "Norm of the gradient against time lag; dashed: before training",
				x: { name: "steps back from the last" },
				y: { name: "‖∂L/∂h‖ over that at the last step", isLog: true },
				lines,
			};
		},
	};
}

/** A batch whose rows end together, so that a step has one lag. */
function ofOneLength({ draw }: Task, random: Random): Batch {
	const { inputs, targets } = draw(random, 2048) as { inputs: number[][][]; targets: number[][] };
	const rows = inputs.flatMap((steps, row) => (steps.length === STEPS ? [row] : []));
	return { inputs: rows.map((row) => inputs[row] as number[][]), targets: rows.map((row) => targets[row] as number[]) };
}

function norms({ trainer }: Trained, batch: Batch): number[] {
	const [layer] = trainer.inspect(batch).layers;
	const back = Array.from(layer?.hiddenNorm ?? []).reverse();
	return back.map((norm) => Number((norm / (back[0] as number)).toPrecision(4)));
}

/** The median of the seeds at each lag; none where that is zero, which has no logarithm. */
function median(series: readonly (readonly number[])[]): [number, number][] {
	const [first = []] = series;
	const points = first.map((_, lag): [number, number] => {
		const sorted = series.map((norms) => norms[lag] as number).sort((a, b) => a - b);
		return [lag, sorted[sorted.length >> 1] as number];
	});
	return points.filter(([, norm]) => norm > 0);
}
