import { readInitialGradients } from "../batch/states.ts";
import { sizeOf } from "../compile/network.ts";
import type { LossPurpose } from "../compile/program.ts";
import { OptionError, TrainingError } from "../errors.ts";
import type { Bytes } from "../files/safetensors.ts";
import { type AnyLoss, type LossName, lossFrom, lossOf, savedLoss, type TargetKind } from "../losses/index.ts";
import { checkOutputs } from "../losses/loss.ts";
import type { Metric } from "../metrics/metric.ts";
import { Model } from "../model/model.ts";
import { checkOptimizer, type Optimizer } from "../optimizers/optimizer.ts";
import { checkChoice, checkFlag, checkKeys, checkMemoryLimit, checkSize } from "../options.ts";
import { Carry } from "../run/carry.ts";
import type { Runtime } from "../run/runtime.ts";
import type { AsyncDataset, Batch, Dataset, Kind, Source, States } from "../sequences.ts";
import { checkpointOf, restore, restoredOptimizer } from "./checkpoint.ts";
import { type Batches, type Data, datasetOf } from "./data.ts";
import { type Evaluation, evaluating, metersOf } from "./evaluate.ts";
import { epochsOf, fitEpochs } from "./fit.ts";
import type { EpochsOptions, FitOptions } from "./fitOptions.ts";
import type { EvaluateOptions } from "./fitted.ts";
import type { HealthReport } from "./inspect.ts";
import { asLoaded, type LoadOptions } from "./loading.ts";
import {
	checkAverage,
	checkClipping,
	checkModel,
	checkOmega,
	clipsOf,
	drawingOf,
	limitsOf,
	nonFinite,
	type OnNonFinite,
	type TrainerOptions,
	trainerOptions,
	type WeightsName,
	weightsNames,
} from "./options.ts";
import { groupsOf } from "./parameterOptions.ts";
import { finish, type Parts } from "./pauses.ts";
import type { Progress } from "./place.ts";
import type { Epoch } from "./reports.ts";
import { checkSlot, ofParameter } from "./slots.ts";
import type { HealthNorms } from "./stepHealth.ts";
import { Stepper } from "./stepper.ts";
import { readTrainer, writeTrainer } from "./trainerFile.ts";
import { Updates } from "./updates.ts";

interface EvaluationOptions<M extends readonly Metric[]> {
	readonly batchSize?: number | undefined;
	readonly weights?: WeightsName | undefined;
	readonly metrics?: M | undefined;
}

/** Trains a model: takes gradients of a loss through time, clips them, updates the parameters.
 *
 * ```ts
 * const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 2e-3 }), clipNorm: 1 });
 * for (const batch of batches) console.log(trainer.step(batch));
 * ``` */
export class Trainer<I extends Kind = Kind, L extends AnyLoss = LossName> {
	/** As it was given. */
	readonly loss: L;
	readonly optimizer: Optimizer;
	readonly clipAdaptive: number | undefined;
	readonly clipParameterNorm: number | undefined;
	readonly clipNorm: number | undefined;
	readonly clipValue: number | undefined;
	readonly omega: number | undefined;
	readonly onNonFinite: OnNonFinite;
	readonly average: number | undefined;
	readonly #model: Model<I>;
	readonly #runtime: Runtime;
	readonly #evaluation: LossPurpose;
	readonly #stepper: Stepper;
	/** All but the optimizer. */
	readonly #options: Readonly<Record<string, unknown>>;
	readonly #progress: Progress = { epochs: 0, running: undefined, saved: undefined };

	/** @throws OptionError Where an option is unknown, missing or out of range. */
	constructor(model: Model<I>, options: TrainerOptions<L>) {
		const where = "Trainer";
		this.#runtime = checkModel(where, model);
		this.#model = model;
		checkKeys(where, options, trainerOptions);
		const { optimizer: _, ...others } = options;
		const loss = lossOf(where, options.loss);
		this.#options = { ...others, loss: savedLoss(options.loss) };
		checkOutputs(where, loss, this.#runtime.network.output.size);
		this.loss = options.loss;
		this.optimizer = checkOptimizer(where, options.optimizer);
		const clipping = checkClipping(where, options);
		this.clipAdaptive = clipping.clipAdaptive;
		this.clipParameterNorm = clipping.clipParameterNorm;
		this.clipNorm = clipping.clipNorm;
		this.clipValue = clipping.clipValue;
		this.omega = checkOmega(where, options.omega, this.#runtime.network);
		const leavesHealth = checkFlag(where, "health", options.health ?? false);
		this.onNonFinite = checkChoice(where, "onNonFinite", options.onNonFinite ?? "throw", nonFinite);
		this.average = checkAverage(where, options.average, this.optimizer);
		const groups = groupsOf(where, options.parameters, this.#runtime.network);
		const { optimizer, average } = this;
		const purpose = {
			kind: "train",
			loss,
			rule: optimizer,
			omega: this.omega,
			clips: clipsOf(clipping),
			seen: leavesHealth ? "norms" : undefined,
			averages: average !== undefined,
			ranges: groups?.ranges,
			memoryLimit: checkMemoryLimit(where, options.memoryLimit),
		} as const;
		this.#evaluation = { kind: "evaluate", loss };
		this.#stepper = new Stepper(this.#runtime, {
			...{ purpose, optimizer, groups, average, leavesHealth, onNonFinite: this.onNonFinite },
			limits: limitsOf(clipping),
			drawing: drawingOf(where, options.seed),
		});
	}

	/** What it trains. */
	get model(): Model<I> {
		return this.#model;
	}

	/** How many updates it has made. */
	get updateCount(): number {
		return this.#stepper.updateCount;
	}

	/** How many steps have been skipped so far because their loss or gradient norm was not finite; see `onNonFinite`. */
	get skippedCount(): number {
		return this.#stepper.skippedCount;
	}

	/** The norm of all gradients together at the last step, before any clipping: NaN before the first step, and not finite where
	 * that step was skipped for it. */
	get gradientNorm(): number {
		return this.#stepper.gradientNorm;
	}

	/** The norms of the last update, where the trainer has `health: true`: of every recurrent layer those of the gradient with
	 * respect to its state at each step, and those of every parameter. Both empty before the first update. */
	get health(): HealthNorms {
		return this.#stepper.health;
	}

	/** The states after the last step of each row of the last training batch, as `predict` gives them: the `initialState` of what
	 * comes next. Undefined before the first update, and where a batch failed before anybody had asked. A batch that was skipped
	 * leaves those before it. */
	get finalState(): States | undefined {
		return this.#stepper.finalState;
	}

	/** The loss of a batch and its gradient with respect to every parameter, unclipped; where the batch gives an `initialState`,
	 * also with respect to that. Changes nothing. */
	gradients(batch: Batch<I, TargetKind<L>>): {
		readonly loss: number;
		readonly gradients: ReadonlyMap<string, Float32Array>;
		readonly initialState?: States;
	} {
		const { loss, feed } = this.#stepper.gradients("Trainer.gradients", batch);
		const { network } = this.#runtime;
		const gradients = new Map<string, Float32Array>();
		for (const { name, shape } of network.parameters) {
			const size = sizeOf(shape);
			gradients.set(name, this.#runtime.gradient(name, size).slice());
		}
		if (!feed.isGiven) return { loss, gradients };
		const initialState = readInitialGradients(feed.job, feed.packing, this.#runtime.engine.f32);
		return { loss, gradients, initialState };
	}

	/** What a batch shows of the gradients: of every recurrent layer, direction and step the norm of the loss's gradient with
	 * respect to h (and c), how many of its gates are saturated, the spectral radius of its recurrent matrix; of every
	 * parameter the norms of its values, its gradient, and the update that a step would make. Changes nothing; takes some
	 * times as long as a step, and keeps everything, whatever `memoryLimit` is. `formatHealth` prints it. */
	inspect(batch: Batch<I, TargetKind<L>>): HealthReport {
		return this.#stepper.inspect("Trainer.inspect", batch);
	}

	/** Makes one update, and returns the loss of the batch before it.
	 * @throws TrainingError If the loss or a gradient is not finite; then nothing has been updated. With
	 * `onNonFinite: "skip"` nothing is updated either, but the loss is returned and `skippedCount` goes up. */
	step(batch: Batch<I, TargetKind<L>>): number {
		return this.#stepper.step("Trainer.step", batch, this.#stepper.carry).loss;
	}

	/** What the optimizer keeps of each parameter under one of the names in its `slots`: of ASGD the `average`, of Adam the means `m`
	 * and `v`. A copy; zeros before the first update.
	 * @throws OptionError `Trainer.slot: "name" must be "m" or "v", got "average".` */
	slot(name: string): ReadonlyMap<string, Float32Array> {
		checkSlot("Trainer.slot", this.#stepper.slotNames, name);
		return this.#stepper.slot(name);
	}

	/** A model of the averaged parameters, as they are now: those of `average`, or those of an ASGD. The trainer goes on with its own. */
	async averaged(): Promise<Model<I>> {
		const averages = this.#stepper.averages("Trainer.averaged");
		const model = await Model.load<I>(this.#model.save(), { engine: this.#model.engine });
		for (const [name, parameter] of model.parameters)
			parameter.write(ofParameter(this.#runtime.layout, name, averages).subarray(0, sizeOf(parameter.shape)));
		return model;
	}

	/** Trains on data for some epochs, on every row once in each, in a new order each time. The event loop gets a turn now and
	 * then. After an error, the updates made before it stay. */
	fit<const M extends readonly Metric[] = readonly []>(
		data: Data<I, TargetKind<L>>,
		options: FitOptions<I, TargetKind<L>, M> = {},
	): Promise<readonly Epoch<M>[]> {
		const where = "Trainer.fit";
		const history = fitEpochs(where, this.#fitted(where), data, options as FitOptions<I, TargetKind<L>>);
		return history as Promise<readonly Epoch<M>[]>;
	}

	/** As `fit`, epoch by epoch: `for await (const { loss } of trainer.epochs(data, { epochs: 10 })) …`. Leaving the loop ends the
	 * training. */
	epochs<const M extends readonly Metric[] = readonly []>(
		data: Data<I, TargetKind<L>>,
		options: EpochsOptions<I, TargetKind<L>, M> = {},
	): AsyncIterableIterator<Epoch<M>> {
		const where = "Trainer.epochs";
		const epochs = epochsOf(where, this.#fitted(where), data, options as EpochsOptions<I, TargetKind<L>>);
		return epochs as AsyncGenerator<Epoch<M>, void>;
	}

	#fitted(where: string) {
		const runtime = this.#runtime;
		const stepper = this.#stepper;
		return {
			carry: () => new Carry(runtime),
			updates: (carry: Carry, accumulate: number) => new Updates(stepper, carry, accumulate),
			evaluating: (held: Batches, options: EvaluateOptions) => this.#evaluating(`${where}, validation`, held, options),
			meters: (metrics: readonly Metric[] | undefined) => metersOf(where, runtime, this.#evaluation.loss, metrics),
			see: (loss: number) => {
				this.optimizer.schedule?.see?.(loss);
				this.optimizer.see?.(loss, stepper.updateCount);
			},
			hasAccuracy: this.#evaluation.loss.hasAccuracy,
			weights: (name: WeightsName) => {
				if (name === "average") stepper.checkAverage(where);
				return {
					read: () => (name === "average" ? stepper.averages(where) : stepper.parameters),
					write: (values: Float32Array) => {
						stepper.parameters = values;
					},
				};
			},
			progress: this.#progress,
		};
	}

	/** All that decides how training goes on, as a file: the model, the optimizer and what it keeps, its schedule, the seeds, the states that
	 * rows go on from; and where it is called while `fit` runs, from `onStep` or `onEpoch`, how far that is. `Trainer.load` goes on to the same
	 * bits. `Model.load` reads the model from it.
	 * @throws DataError `Model.save: 1.bias[3] is NaN, so the file could not be loaded. …`
	 * @throws TrainingError Where `fit` accumulates, and batches wait for their update: call it from `onStep` or `onEpoch`.
	 * @example await trainer.fit(data, { epochs: 10, onEpoch: () => writeFile("checkpoint", trainer.save()) }); */
	save(): Bytes {
		if (this.#progress.running?.updates.areWaiting)
			throw new TrainingError(
				"Trainer.save: batches wait for their update, since fit accumulates. Call it from onStep or onEpoch.",
			);
		return writeTrainer(this.#model.save(), checkpointOf(this.#parts, this.#options));
	}

	/** Reads a trainer that `save` wrote: its `model` is a new one. Where it was fitting, the next `fit` on the same data goes on with that.
	 * @param options.engine Another engine than the one that wrote it: then the bits differ.
	 * @param options.loss A loss of your own, which no file can hold.
	 * @param options.optimizer One of your own, in the place of what no file can hold.
	 * @param options.schedule A schedule of your own.
	 * @throws FormatError Where the bytes are not such a file, whole and consistent.
	 * @throws OptionError `Trainer.load: the learning rate follows a function of yours, which no file can hold. …`
	 * @example
	 * const trainer = await Trainer.load<"ids", "crossEntropy">(await readFile("checkpoint"));
	 * await trainer.fit(data, { epochs: 10 }); */
	static async load<I extends Kind = Kind, L extends AnyLoss = LossName>(
		bytes: Uint8Array | ArrayBuffer,
		options: LoadOptions<L> = {},
	): Promise<Trainer<I, L>> {
		const where = "Trainer.load";
		checkKeys(where, options, ["engine", "loss", "optimizer", "schedule"]);
		const saved = readTrainer(where, bytes);
		try {
			const model = await Model.load<I>(bytes, { engine: options.engine ?? saved.engine });
			const optimizer = restoredOptimizer(where, saved.optimizer, options);
			const loss = (options.loss ?? lossFrom(where, saved.options.loss)) as L;
			if (loss === undefined)
				throw new OptionError(`${where}: the loss is one of yours, which no file can hold. Give it again: { loss }.`);
			const others = saved.options as unknown as TrainerOptions<L>;
			const trainer = new Trainer<I, L>(model, { ...others, loss, optimizer });
			restore(where, trainer.#parts, saved);
			return trainer;
		} catch (error) {
			throw asLoaded(where, error);
		}
	}

	get #parts() {
		return { runtime: this.#runtime, optimizer: this.optimizer, stepper: this.#stepper, progress: this.#progress };
	}

	/** The loss on data, with class ids the accuracy, and the results of `metrics` by their names: of the parameters as they are trained, or
	 * with `weights: "average"` of their average. Changes nothing.
	 * @example const { loss, top5 } = trainer.evaluate(test, { metrics: [topK(5)] });
	 * @throws OptionError `Trainer.evaluate: this trainer keeps no average. …`
	 * @throws OptionError `Trainer.evaluate: metric "r2" is of values, but the targets of "crossEntropy" are class ids. …` */
	evaluate<const M extends readonly Metric[] = readonly []>(
		data: Batch<I, TargetKind<L>> | Dataset<I, TargetKind<L>>,
		options?: EvaluationOptions<M>,
	): Evaluation<M>;
	/** The same of data that come bit by bit. */
	evaluate<const M extends readonly Metric[] = readonly []>(
		data: AsyncDataset<I, TargetKind<L>> | Source<I, TargetKind<L>>,
		options?: EvaluationOptions<M>,
	): Promise<Evaluation<M>>;
	evaluate<const M extends readonly Metric[] = readonly []>(
		data: Data<I, TargetKind<L>>,
		options: EvaluationOptions<M> = {},
	): Evaluation<M> | Promise<Evaluation<M>> {
		const where = "Trainer.evaluate";
		checkKeys(where, options, ["batchSize", "weights", "metrics"]);
		const batchSize = checkSize(where, "batchSize", options.batchSize ?? 256);
		const weights = checkChoice(where, "weights", options.weights ?? "trained", weightsNames);
		const { metrics } = options;
		const parts = this.#evaluating(where, datasetOf(where, "data", data), { batchSize, weights, metrics });
		return finish(parts) as Evaluation<M> | Promise<Evaluation<M>>;
	}

	*#evaluating(where: string, data: Batches, { batchSize, weights, metrics }: EvaluateOptions): Parts<Evaluation> {
		const stepper = this.#stepper;
		const meters = metersOf(where, this.#runtime, this.#evaluation.loss, metrics);
		const parts = evaluating(where, this.#runtime, this.#evaluation, data, batchSize, meters);
		let given: unknown;
		const next = () => parts.next(given);
		for (;;) {
			// The averages are in place for one batch at a time: in between, others see the parameters as they are trained.
			const { done, value } = weights === "trained" ? next() : stepper.holding(stepper.averages(where), next);
			if (done) return value;
			given = yield value;
		}
	}
}
