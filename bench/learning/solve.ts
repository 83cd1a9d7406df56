// Experiments that ask how long it takes until every sequence is right.
import { Adam, type Batch, type Model } from "bptt";
import type { Experiment, Network, Outcome } from "./experiment.ts";
import { streamOf, type Task, train } from "./train.ts";

export interface SolvedTask extends Task, Pick<Experiment, "title" | "paper" | "networks"> {
	/** Whether what comes out of a row, at its last step or at all, counts as right. */
	isRight(outputs: Float32Array, target: unknown): boolean;
	/** Held-out sequences, all of which are right when it is solved. Default 2,048. */
	readonly held?: number;
	/** Updates between two looks at them. Default 50. */
	readonly every?: number;
	/** Sequences of the test. Default 2,560, as Hochreiter & Schmidhuber 1997. */
	readonly tested?: number;
}

export interface Solved extends Outcome {
	/** Sequences of the test that are wrong, of `tested`. */
	readonly wrong: number;
	readonly tested: number;
}

/** Trains until all held-out sequences are right, then counts what is wrong among others. */
export function solving(task: SolvedTask): Experiment<Solved> {
	const { title, paper, networks, held = 2048, every = 50, tested = 2560 } = task;
	return {
		title,
		paper,
		networks,
		async run(name, seed, limit) {
			const network = networks[name] as Network;
			const batch = task.draw(streamOf(seed, "held"), held);
			const isSolved = ({ model }: { model: Model }) => wrongOf(task, model, batch) === 0;
			const { model, outcome } = await train({ task, network, name, seed, limit, every, isSolved });
			const wrong = wrongOf(task, model, task.draw(streamOf(seed, "test"), tested));
			return { ...outcome, wrong, tested };
		},
		figure: (outcomes) => `${outcomes.map(({ wrong }) => wrong).join(", ")} of ${outcomes[0]?.tested} wrong`,
	};
}

/** How a network is trained if nothing else is said. */
export const recommended = (learningRate: number) => ({ optimizer: new Adam({ learningRate }), clipNorm: 1 });

export function wrongOf({ isRight }: Pick<SolvedTask, "isRight">, model: Model, batch: Batch): number {
	const { outputs, shape } = model.predict(batch);
	const size = outputs.length / (shape[0] as number);
	const targets = Array.from(batch.targets as ArrayLike<unknown>);
	return targets.filter((target, row) => !isRight(outputs.subarray(row * size, (row + 1) * size), target)).length;
}
