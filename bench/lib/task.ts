// A model, its trainer and a batch of random numbers: what a user of the package would write.
import {
	Adam,
	type Batch,
	dense,
	type EngineName,
	gru,
	type Layer,
	lastStep,
	lstm,
	Model,
	Random,
	rnn,
	Trainer,
} from "bptt";
import { type CellName, CLASSES, CLIP_NORM, LEARNING_RATE, type Shape } from "./shapes.ts";

const layers = { lstm, gru, rnn };

export interface Task {
	readonly model: Model<"values">;
	readonly trainer: Trainer<"values", "crossEntropy">;
	readonly batch: Batch<"values", "ids">;
}

export interface TaskOptions {
	/** A loss on every step instead of the last one only. */
	readonly everyStep?: boolean;
	readonly lengths?: readonly number[];
}

export async function taskOf(
	cell: CellName,
	shape: Shape,
	engine: EngineName,
	{ everyStep = false, lengths }: TaskOptions = {},
): Promise<Task> {
	const { inputSize, hiddenSize, batchSize, steps } = shape;
	const list: Layer[] = [layers[cell]({ inputSize, hiddenSize })];
	if (!everyStep) list.push(lastStep());
	list.push(dense({ outputSize: CLASSES }));
	const model = (await Model.create(list, {
		seed: 1,
		engine,
	})) as Model<"values">;
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new Adam({ learningRate: LEARNING_RATE }),
		clipNorm: CLIP_NORM,
	});
	const targets = everyStep ? batchSize * steps : batchSize;
	return {
		model,
		trainer,
		batch: {
			inputs: uniforms(batchSize * steps * inputSize, 2),
			batchSize,
			steps,
			lengths,
			targets: classes(targets, 3),
		},
	};
}

/** Uniform in ±1. */
export function uniforms(count: number, seed: number): Float32Array {
	const random = new Random(seed);
	return Float32Array.from({ length: count }, () => random.uniform(-1, 1));
}

export function classes(count: number, seed: number): Int32Array {
	const random = new Random(seed);
	return Int32Array.from({ length: count }, () => Math.floor(random.uniform(0, CLASSES)));
}
