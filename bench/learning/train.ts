// Training of one network with one seed until it has solved a task.
import { type Batch, type LossName, Model, Random, Trainer } from "bptt";
import type { Network, Outcome } from "./experiment.ts";

/** A task whose sequences are drawn at random, as a paper sets it. */
export interface Task {
	readonly loss: LossName;
	/** Draws sequences with their targets. */
	draw(random: Random, rows: number): Batch;
	/** Sequences in a batch. Default 32. */
	readonly rows?: number;
}

export interface Settings {
	readonly task: Task;
	readonly network: Network;
	/** The network's name. */
	readonly name: string;
	readonly seed: number;
	/** Replaces the network's own. */
	readonly limit: number | undefined;
	/** Updates between two looks. */
	readonly every: number;
	/** A look at the model, whether it has solved the task. */
	isSolved(trained: Trained): boolean;
}

export interface Trained {
	readonly model: Model;
	readonly trainer: Trainer;
}

/** Streams of a seed: what is trained on, what is looked at on the way, what is tested at the end. */
export const streams = { training: 0, held: 1, test: 2 } as const;

export function streamOf(seed: number, stream: keyof typeof streams): Random {
	return new Random(3 * seed + streams[stream]);
}

export async function train(
	settings: Settings,
): Promise<Trained & { readonly outcome: Outcome & { readonly isSolved: boolean } }> {
	const { task, network, name, seed, every } = settings;
	const { layers, training, most } = network;
	const model = await Model.create(layers, { seed });
	const trainer: Trainer = new Trainer(model, { ...training, loss: task.loss });
	const random = streamOf(seed, "training");
	const rows = task.rows ?? 32;
	const limit = settings.limit ?? most;
	const began = performance.now();
	let isSolved = false;
	while (!isSolved && trainer.updateCount < limit) {
		trainer.step(task.draw(random, rows));
		if (trainer.updateCount % every === 0) isSolved = settings.isSolved({ model, trainer });
	}
	const seconds = (performance.now() - began) / 1000;
	const updates = trainer.updateCount;
	const outcome = { network: name, seed, updates, sequences: updates * rows, seconds, isSolved };
	return { model, trainer, outcome };
}
