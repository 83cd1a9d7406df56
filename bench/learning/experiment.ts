// What an experiment is, and how one network is trained on it until it has solved it.
import { Adam, type Batch, type Layer, Model, Random, Trainer } from "bptt";

/** A task whose sequences are drawn at random, as a paper sets it. */
export interface Experiment {
	readonly title: string;
	/** What the paper reports. */
	readonly paper: string;
	readonly loss: "crossEntropy" | "meanSquaredError";
	/** Draws sequences with their targets. */
	draw(random: Random, rows: number): Batch;
	/** Whether a row's output counts as right. */
	isRight(output: Float32Array, target: unknown): boolean;
	/** Each by its name, as `README` recommends. */
	readonly networks: Readonly<Record<string, Network>>;
}

export interface Network {
	readonly layers: readonly Layer[];
	readonly learningRate: number;
	/** Updates after which it is given up. */
	readonly most: number;
}

/** What came of one seed. */
export interface Outcome {
	readonly network: string;
	readonly seed: number;
	/** Updates, sequences and seconds until it was solved, or given up. */
	readonly updates: number;
	readonly sequences: number;
	readonly seconds: number;
	readonly isSolved: boolean;
	/** Sequences of the test that are wrong, of `tested`. */
	readonly wrong: number;
	readonly tested: number;
}

const ROWS = 32;
/** Updates between two looks at held-out sequences. */
const EVERY = 50;
/** Held-out sequences; solved when all of them are right. */
const HELD_OUT = 2048;
/** As many as Hochreiter and Schmidhuber (1997) test with, drawn from a stream of their own. */
const TESTED = 2560;

/** Trains until all held-out sequences are right. `limit` replaces the network's own. */
export async function run(experiment: Experiment, name: string, seed: number, limit?: number): Promise<Outcome> {
	const { layers, learningRate, most } = experiment.networks[name] as Network;
	const model = await Model.create(layers, { seed });
	const optimizer = new Adam({ learningRate });
	const trainer = new Trainer(model, { loss: experiment.loss, optimizer, clipNorm: 1 });
	const training = new Random(3 * seed);
	const held = experiment.draw(new Random(3 * seed + 1), HELD_OUT);
	const test = experiment.draw(new Random(3 * seed + 2), TESTED);
	const began = performance.now();
	let isSolved = false;
	while (!isSolved && trainer.updateCount < (limit ?? most)) {
		trainer.step(experiment.draw(training, ROWS) as never);
		if (trainer.updateCount % EVERY === 0) isSolved = wrongOf(experiment, model, held) === 0;
	}
	const seconds = (performance.now() - began) / 1000;
	const wrong = wrongOf(experiment, model, test);
	const updates = trainer.updateCount;
	return { network: name, seed, updates, sequences: updates * ROWS, seconds, isSolved, wrong, tested: TESTED };
}

function wrongOf({ isRight }: Experiment, model: Model, batch: Batch): number {
	const { outputs, shape } = model.predict(batch);
	const size = shape.at(-1) as number;
	const targets = Array.from(batch.targets as ArrayLike<unknown>);
	return targets.filter((target, row) => !isRight(outputs.subarray(row * size, (row + 1) * size), target)).length;
}
