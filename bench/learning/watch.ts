// Experiments that watch a held-out loss beside what a network without memory can reach.
import type { Experiment, Network, Outcome } from "./experiment.ts";
import { streamOf, type Task, train } from "./train.ts";

export interface WatchedTask extends Task, Pick<Experiment, "title" | "paper" | "networks"> {
	/** The loss of the best that remembers nothing. */
	readonly baseline: number;
	/** Solved where the held-out loss is below this. */
	readonly solvedBelow: number;
	/** Held-out sequences. */
	readonly held: number;
}

export interface Watched extends Outcome {
	readonly baseline: number;
	/** Updates and the held-out loss after them. */
	readonly losses: readonly (readonly [number, number])[];
}

/** Updates between two looks at held-out sequences. */
const EVERY = 50;

export function watching(task: WatchedTask): Experiment<Watched> {
	const { title, paper, networks, baseline, solvedBelow, held } = task;
	return {
		title,
		paper,
		networks,
		async run(name, seed, limit) {
			const network = networks[name] as Network;
			const batch = task.draw(streamOf(seed, "held"), held);
			const losses: [number, number][] = [];
			const { outcome } = await train({
				...{ task, network, name, seed, limit, every: EVERY },
				isSolved({ trainer }) {
					const { loss } = trainer.evaluate(batch);
					losses.push([trainer.updateCount, Number(loss.toPrecision(4))]);
					return loss < solvedBelow;
				},
			});
			return { ...outcome, baseline, losses };
		},
		figure(outcomes) {
			const last = outcomes.map(({ losses }) => losses.at(-1)?.[1].toPrecision(2) ?? "not looked at");
			return `loss ${last.join(", ")}; without memory ${baseline.toPrecision(3)}`;
		},
		chart(outcomes) {
			const last = Math.max(...outcomes.map(({ updates }) => updates));
			const lines = outcomes.map(({ network, losses }) => ({ name: network, points: losses }));
			const without = {
				name: "without memory",
				points: [0, last].map((x) => [x, baseline] as const),
				isDashed: true,
				colour: 5,
			};
			return {
				title: title.split(";")[0] as string,
				x: { name: "updates", most: last },
				y: { name: "loss on held-out sequences", isLog: true },
				lines: [...lines, without],
			};
		},
	};
}
