import { asDataset } from "./data/batches.ts";
import { DataError, OptionError, TrainingError } from "./errors.ts";
import { checkFields } from "./feed/shape.ts";
import { writeIds, writeValues, writeWeights } from "./feed/write.ts";
import { type LossName, losses, type TargetKind } from "./losses/index.ts";
import { type Model, runtimeOf } from "./model.ts";
import { sizeOf } from "./network.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import {
	checkChoice,
	checkKeys,
	checkNumber,
	checkSeed,
	checkSize,
	show,
} from "./options.ts";
import type { Feed, Runtime, Tenant } from "./runtime.ts";
import type { Batch, Dataset, Kind } from "./sequences.ts";

export interface TrainerOptions<L extends LossName> {
	/** `"crossEntropy"`: targets are class ids, outputs logits. `"meanSquaredError"`: targets are values. */
	readonly loss: L;
	readonly optimizer: Optimizer;
	/** Scales all gradients so that their norm is at most this, as torch's clip_grad_norm_: by
	 * `min(1, clipNorm / (norm + 1e-6))`. Default: no clipping. */
	readonly clipNorm?: number | undefined;
	/** Then keeps each gradient within ±clipValue. Default: no clipping. */
	readonly clipValue?: number | undefined;
}

export interface FitOptions<I extends Kind, T extends Kind> {
	/** Passes over the data. Default 1. */
	readonly epochs?: number | undefined;
	/** Rows of an update. Default 32. */
	readonly batchSize?: number | undefined;
	/** Of the order of rows, new in each epoch. Default 0. */
	readonly seed?: number | undefined;
	/** Data to evaluate on after each epoch. */
	readonly validation?: Batch<I, T> | Dataset<I, T> | undefined;
	/** Called after each epoch; `false` ends the training. */
	readonly onEpoch?: ((epoch: Epoch) => unknown) | undefined;
}

/** What came of an epoch. */
export interface Epoch {
	/** From 1. */
	readonly epoch: number;
	/** Mean over all steps, each before the update it led to. */
	readonly loss: number;
	readonly validation?: Evaluation;
}

export interface Evaluation {
	/** Mean over all live, weighted steps. */
	readonly loss: number;
	/** Share of them whose largest output is the target's; with class ids only. */
	readonly accuracy?: number;
}

/** Trains a model: takes gradients of a loss through time, clips them, updates the parameters.
 *
 * ```ts
 * const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 2e-3 }), clipNorm: 1 });
 * for (const batch of batches) console.log(trainer.step(batch));
 * ``` */
export class Trainer<I extends Kind = Kind, L extends LossName = LossName>
	implements Tenant
{
	readonly loss: L;
	readonly optimizer: Optimizer;
	readonly clipNorm: number | undefined;
	readonly clipValue: number | undefined;
	readonly #runtime: Runtime;
	#updateCount = 0;
	#gradientNorm = Number.NaN;
	#lastLoss = Number.NaN;
	/** The optimizer's averages while another trainer has their place. */
	#averages: Float32Array[] | undefined;
	#isInside = false;

	/** @throws OptionError Where an option is unknown, missing or out of range. */
	constructor(model: Model<I>, options: TrainerOptions<L>) {
		const where = "Trainer";
		this.#runtime = checkModel(where, model);
		checkKeys(where, options, ["loss", "optimizer", "clipNorm", "clipValue"]);
		this.loss = checkChoice(
			where,
			"loss",
			options.loss,
			Object.keys(losses) as L[],
		);
		this.optimizer = checkOptimizer(where, options.optimizer);
		this.clipNorm = positive(where, "clipNorm", options.clipNorm);
		this.clipValue = positive(where, "clipValue", options.clipValue);
	}

	/** Updates made so far. */
	get updateCount(): number {
		return this.#updateCount;
	}

	/** Norm of all gradients together at the last step, before clipping. */
	get gradientNorm(): number {
		return this.#gradientNorm;
	}

	/** The loss of a batch and its gradient with respect to every parameter, unclipped. Changes nothing. */
	gradients(batch: Batch<I, TargetKind<L>>): {
		readonly loss: number;
		readonly gradients: ReadonlyMap<string, Float32Array>;
	} {
		const where = "Trainer.gradients";
		const { loss } = this.#forward(where, "train", batch);
		const { network } = this.#runtime;
		const gradients = new Map<string, Float32Array>();
		for (const { name, shape } of network.parameters) {
			const size = sizeOf(shape);
			gradients.set(name, this.#runtime.gradient(name, size).slice());
		}
		return { loss, gradients };
	}

	/** One update: the loss of the batch before it. `gradientNorm` is the norm before clipping.
	 * @throws TrainingError If the loss or a gradient is not finite; then nothing has been updated. */
	step(batch: Batch<I, TargetKind<L>>): number {
		return this.#step("Trainer.step", batch).loss;
	}

	#step(where: string, batch: Batch): { loss: number; weight: number } {
		const runtime = this.#runtime;
		checkLearningRate(where, this.optimizer);
		const { loss, weight } = this.#forward(where, "train", batch);
		const { kernels } = runtime.engine;
		const { parameters, gradients, averages, bytes } = runtime.regions();
		const norm = Math.sqrt(kernels.squareSum(gradients, bytes));
		if (!Number.isFinite(loss) || !Number.isFinite(norm))
			throw this.#lost(where, loss, norm);
		this.#enter();
		const scale =
			this.clipNorm === undefined
				? 1
				: Math.min(1, this.clipNorm / (norm + 1e-6));
		const limit = this.clipValue ?? Infinity;
		const count = this.#updateCount + 1;
		this.optimizer.update({
			kernels,
			parameters,
			gradients,
			averages,
			bytes,
			scale,
			limit,
			count,
		});
		runtime.touch();
		this.#updateCount = count;
		this.#gradientNorm = norm;
		this.#lastLoss = loss;
		return { loss, weight };
	}

	/** Trains on data for some epochs: every row once in each, in a new order. Yields to the event loop as it goes. What it
	 * learned before an error stays. */
	async fit(
		data: Batch<I, TargetKind<L>> | Dataset<I, TargetKind<L>>,
		options: FitOptions<I, TargetKind<L>> = {},
	): Promise<readonly Epoch[]> {
		const where = "Trainer.fit";
		checkKeys(where, options, [
			"epochs",
			"batchSize",
			"seed",
			"validation",
			"onEpoch",
		]);
		const epochs = checkSize(where, "epochs", options.epochs ?? 1);
		const batchSize = checkSize(where, "batchSize", options.batchSize ?? 32);
		const seed = checkSeed(where, options.seed ?? 0);
		const { onEpoch } = options;
		if (onEpoch !== undefined && typeof onEpoch !== "function") {
			throw new OptionError(
				`${where}: "onEpoch" must be a function, got ${show(onEpoch)}.`,
			);
		}
		const dataset = datasetOf(where, "data", data);
		const validationSet =
			options.validation &&
			datasetOf(where, '"validation"', options.validation);
		const history: Epoch[] = [];
		const pause = pauses();
		for (let epoch = 1; epoch <= epochs; epoch++) {
			const batches = dataset.batches({ batchSize, seed: seed + epoch - 1 });
			const loss = await this.#epoch(where, batches, pause);
			const validation =
				validationSet && this.evaluate(validationSet, { batchSize });
			const report = { epoch, loss, ...(validation && { validation }) };
			history.push(report);
			if ((await onEpoch?.(report)) === false) break;
		}
		return history;
	}

	/** Mean loss of one pass. */
	async #epoch(
		where: string,
		batches: Iterable<Batch<I, TargetKind<L>>>,
		pause: () => Promise<void> | undefined,
	): Promise<number> {
		let [sum, weights] = [0, 0];
		for (const batch of batches) {
			const { loss, weight } = this.#step(where, batch);
			sum += loss * weight;
			weights += weight;
			const waiting = pause();
			if (waiting) await waiting;
		}
		if (weights === 0) throw noBatches(where);
		return sum / weights;
	}

	/** The loss on data, and with class ids the accuracy. Changes nothing. */
	evaluate(
		data: Batch<I, TargetKind<L>> | Dataset<I, TargetKind<L>>,
		options: { readonly batchSize?: number | undefined } = {},
	): Evaluation {
		const where = "Trainer.evaluate";
		checkKeys(where, options, ["batchSize"]);
		const batchSize = checkSize(where, "batchSize", options.batchSize ?? 256);
		let [loss, right, weight] = [0, 0, 0];
		const dataset = datasetOf(where, "data", data);
		for (const batch of dataset.batches({ batchSize })) {
			const part = this.#forward(where, "evaluate", batch);
			loss += part.loss * part.weight;
			right += part.right * part.weight;
			weight += part.weight;
		}
		if (weight === 0) throw noBatches(where);
		return {
			loss: loss / weight,
			...(losses[this.loss].hasAccuracy && { accuracy: right / weight }),
		};
	}

	/** Runs a batch forward and, to train, backward, which leaves the gradients in their region. `right` is the share of the
	 * weight where the largest output was the target's. */
	#forward(
		where: string,
		kind: "train" | "evaluate",
		batch: Batch,
	): { loss: number; right: number; weight: number } {
		const runtime = this.#runtime;
		const slots = kind === "train" ? this.optimizer.slots : undefined;
		const feed = runtime.feed(where, { kind, loss: this.loss }, batch, slots);
		const weight = this.#target(where, feed, batch);
		if (kind === "train") {
			const { gradients, bytes } = runtime.regions();
			runtime.engine.kernels.zero(gradients, bytes);
		}
		runtime.run(feed, 1 / weight);
		const result = feed.job.address(feed.job.program.result as never) / 8;
		const { f64 } = runtime.engine;
		// The kernel's scale is a float32; of all that is right it must not make more than 1.
		const scale = Math.fround(1 / weight) * weight;
		const right = Math.min(1, f64[result + 1] / scale);
		return { loss: f64[result], right, weight };
	}

	/** Puts targets and weights into the workspace; gives the sum of the weights. */
	#target(where: string, { job, shape, packing }: Feed, batch: Batch): number {
		const { f32, i32 } = this.#runtime.engine;
		const { output, targets, weights } = job.program as Required<
			typeof job.program
		>;
		const { axis, size, stride } = output;
		const field = {
			where,
			name: "targets",
			shape,
			packing,
			axis,
			target: job.address(targets) / 4,
		} as const;
		if (losses[this.loss].targets === "ids")
			writeIds(
				field,
				batch.targets,
				i32,
				size,
				`the model has ${size} outputs`,
			);
		else writeValues(field, batch.targets, f32, size, stride / 4);
		return writeWeights(
			{ ...field, name: "weights", target: job.address(weights) / 4 },
			batch.weights,
			f32,
		);
	}

	/** Puts this trainer's averages in their place. */
	#enter(): void {
		if (this.#runtime.occupyAverages(this) && this.#isInside) return;
		this.#isInside = true;
		for (const [index, place] of this.#places().entries()) {
			const kept = this.#averages?.[index];
			if (kept === undefined) place.fill(0);
			else place.set(kept);
		}
		this.#averages = undefined;
	}

	/** @internal Keeps the averages while another trainer has their place. */
	leave(): void {
		if (this.#isInside)
			this.#averages = this.#places().map((place) => place.slice());
		this.#isInside = false;
	}

	#places(): Float32Array[] {
		const { averages, bytes } = this.#runtime.regions();
		const { f32 } = this.#runtime.engine;
		return averages
			.slice(0, this.optimizer.slots)
			.map((begin) => f32.subarray(begin / 4, (begin + bytes) / 4));
	}

	#lost(where: string, loss: number, norm: number): TrainingError {
		const what = Number.isFinite(loss)
			? `the gradient norm became ${norm}`
			: `the loss became ${loss}`;
		const before =
			this.#updateCount > 0
				? `last loss ${this.#lastLoss.toPrecision(3)}, last gradient norm ${this.#gradientNorm.toPrecision(3)}, `
				: "";
		return new TrainingError(
			`${where}: ${what} at update ${this.#updateCount + 1} (${before}learningRate ${this.optimizer.learningRate}). Nothing was updated. Lower learningRate, set clipNorm, or scale the data.`,
		);
	}
}

/** How long `fit` keeps the event loop waiting. */
const YIELD_MS = 50;

declare function setTimeout(run: () => void, milliseconds: number): unknown;

/** A function to call often: now and then it gives the event loop's turn to wait for, however short the epochs are. */
function pauses(): () => Promise<void> | undefined {
	let last = Date.now();
	return () => {
		if (Date.now() - last < YIELD_MS) return undefined;
		return new Promise((resume) => {
			setTimeout(() => {
				last = Date.now();
				resume();
			}, 0);
		});
	};
}

function positive(
	where: string,
	name: string,
	value: number | undefined,
): number | undefined {
	if (value === undefined) return undefined;
	return checkNumber(where, name, value, { least: 0, open: true });
}

function checkModel<I extends Kind>(where: string, model: Model<I>): Runtime {
	const runtime = runtimeOf(model as unknown as Model);
	if (runtime !== undefined) return runtime;
	const hint = isPromise(model) ? " Await Model.create first." : "";
	throw new OptionError(
		`${where}: "model" must be a Model, got ${show(model)}.${hint}`,
	);
}

function isPromise(value: unknown): boolean {
	return typeof (value as Promise<unknown> | null)?.then === "function";
}

/** It may have been set since the optimizer was made. */
function checkLearningRate(where: string, { learningRate }: Optimizer): void {
	checkNumber(where, "learningRate", learningRate, { least: 0 });
}

/** Data as a dataset, the fields of a batch checked, since the dataset keeps only those it knows. */
function datasetOf<I extends Kind, T extends Kind>(
	where: string,
	name: string,
	data: Batch<I, T> | Dataset<I, T>,
): Dataset<I, T> {
	if (typeof data !== "object" || data === null) {
		throw new DataError(
			`${where}: ${name} must be { inputs, targets } or a dataset, got ${show(data)}.`,
		);
	}
	if (!("batches" in data)) checkFields(where, data);
	return asDataset(where, data);
}

function noBatches(where: string): DataError {
	return new DataError(`${where}: the dataset gave no batches.`);
}

function checkOptimizer(where: string, optimizer: Optimizer): Optimizer {
	if (
		typeof optimizer?.update === "function" &&
		typeof optimizer.slots === "number"
	)
		return optimizer;
	throw new OptionError(
		`${where}: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got ${show(optimizer)}.`,
	);
}
