import { fieldsOf } from "../batch/shape.ts";
import { readStates } from "../batch/states.ts";
import { connect, type Network, sizeOf } from "../compile/network.ts";
import { createEngine, type EngineName } from "../engine/engine.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { readModel, writeModel } from "../files/model.ts";
import type { Bytes } from "../files/safetensors.ts";
import type { Layer } from "../layers/layer.ts";
import { initialize } from "../layers/parameters.ts";
import { type AnyLoss, lossOf, type MeaningOf } from "../losses/index.ts";
import { checkOutputs } from "../losses/loss.ts";
import { checkChoice, checkKeys, checkSeed, checkSize, show } from "../options.ts";
import { Random } from "../random/random.ts";
import { type Feed, Runtime } from "../run/runtime.ts";
import type { Kind, Sequences, States } from "../sequences.ts";
import { type ExplainOptions, type Explanation, explain } from "./explain.ts";
import { inspectAs } from "./inspect.ts";
import { withoutPadding } from "./meaning.ts";
import { copyOutputs, outputArray } from "./outputs.ts";
import { Parameter } from "./parameter.ts";
import { type DatasetPrediction, predictAll, type SequenceSet } from "./predictAll.ts";
import { Stream } from "./stream.ts";
import { brief, summary } from "./summary.ts";

export interface ModelOptions {
	/** The seed of the initial parameters: the same seed gives the same parameters, on every machine. Default 0. */
	readonly seed?: number | undefined;
	/** Default `"auto"`: `fast` where the machine has fused multiply-add in WebAssembly, else `portable`. Choose
	 * `portable` where every machine must give the same bits. */
	readonly engine?: EngineName | "auto" | undefined;
}

/** Whether a list of layers takes ids or values, as its first layer does; either, where the types do not tell which layer that
 * is. */
export type KindOf<L extends readonly Layer[]> = string extends L[0]["type"]
	? Kind
	: L[0]["type"] extends "embedding"
		? "ids"
		: "embedding" extends L[0]["type"]
			? Kind
			: "values";

export interface Prediction {
	/** All outputs, row-major. */
	readonly outputs: Float32Array;
	/** The outputs' shape: `[batchSize, steps, outputSize]`, with zeros past a row's length, or `[batchSize, outputSize]` after
	 * lastStep. */
	readonly shape: readonly number[];
	/** The states after each row's last step: the `initialState` of what comes next. */
	readonly finalState: States;
}

/** A recurrent network: layers and their parameters, in WebAssembly memory of its own. Dropping the model drops the
 * memory; there is nothing to free.
 *
 * ```ts
 * const model = await Model.create([embedding({ vocabSize: 65, embeddingSize: 32 }), lstm({ hiddenSize: 128 }),
 *   dense({ outputSize: 65 })], { seed: 1 });
 * const { outputs, shape } = model.predict({ inputs: [[1, 2, 3], [4, 5]] });   // shape [2, 3, 65]
 * ``` */
export class Model<K extends Kind = Kind> {
	/** The layers as they were described, with what follows from their places. */
	readonly layers: readonly Layer[];
	/** Every parameter by name, in order. */
	readonly parameters: ReadonlyMap<string, Parameter>;
	readonly #runtime: Runtime;
	/** What the model takes; it exists in the types only. */
	declare readonly kind: K;

	private constructor(runtime: Runtime) {
		this.layers = Object.freeze(runtime.network.layers.map(({ layer }) => layer));
		this.#runtime = runtime;
		const parameters = runtime.network.parameters.map(({ name, shape }) => new Parameter(name, shape, runtime));
		this.parameters = new Map(parameters.map((parameter) => [parameter.name, parameter]));
		runtimes.set(this, runtime);
		inspectAs(this, () => brief(runtime));
	}

	/** Compiles the engine, connects the layers and draws their initial parameters.
	 * @throws OptionError Where layers do not fit each other, or an option is wrong.
	 * @throws DataError `Model.create: 0.bias[3] is NaN after its initializer; values must be finite in float32.` */
	static async create<const L extends readonly Layer[]>(
		layers: L,
		options: ModelOptions = {},
	): Promise<Model<KindOf<L>>> {
		checkKeys("Model.create", options, ["seed", "engine"]);
		const seed = checkSeed("Model.create", options.seed ?? 0);
		const model = Model.#empty<KindOf<L>>("Model.create", connect(layers, "Model.create"), options.engine);
		for (const [index, spec] of model.#runtime.network.parameters.entries()) {
			const values = model.#runtime.parameter(spec.name, sizeOf(spec.shape));
			initialize(spec, values, new Random(seed, index));
			const wrong = values.findIndex((value) => !Number.isFinite(value));
			if (wrong < 0) continue;
			throw new DataError(
				`Model.create: ${spec.name}[${wrong}] is ${values[wrong]} after its initializer; values must be finite in float32.`,
			);
		}
		return model;
	}

	/** Reads a model that `save` wrote.
	 * @throws FormatError Where the bytes are not such a file, whole and consistent. */
	static async load<K extends Kind = Kind>(
		bytes: Uint8Array | ArrayBuffer,
		options: Pick<ModelOptions, "engine"> = {},
	): Promise<Model<K>> {
		checkKeys("Model.load", options, ["engine"]);
		const { network, values } = readModel(bytes);
		const model = Model.#empty<K>("Model.load", network, options.engine);
		for (const [name, parameter] of model.parameters) parameter.write(values.get(name) as Float32Array);
		return model;
	}

	static #empty<K extends Kind>(where: string, network: Network, engine: EngineName | "auto" = "auto"): Model<K> {
		checkChoice(where, "engine", engine, ["auto", "portable", "fast"] as const);
		return new Model<K>(new Runtime(network, createEngine(engine, where), where));
	}

	/** Which engine runs it: `portable` (the same bits on every machine) or `fast` (fused multiply-add). */
	get engine(): EngineName {
		return this.#runtime.engine.name;
	}

	/** The outputs for sequences, and the states they end in; with a `loss` also what that means by them: `probabilities`, a `mean`.
	 * @example const { probabilities } = model.predict({ inputs: [[3, 1, 4]] }, { loss: "crossEntropy" }); */
	predict<L extends AnyLoss = never>(
		sequences: Sequences<K>,
		options?: { readonly loss?: L | undefined },
	): Prediction & MeaningOf<L>;
	/** The outputs for a dataset, row after row in its order, none padded; with a `loss` also what that means by them, in the unit of the
	 * data where the dataset knows how its targets were scaled. Rows that go on from batch to batch are one.
	 * @param options.batchSize Rows that are computed together: more take more memory. Default 256.
	 * @example const { outputs, rows } = model.predict(test.windows({ steps: 30 })); */
	predict<L extends AnyLoss = never>(
		data: SequenceSet<K>,
		options?: { readonly batchSize?: number | undefined; readonly loss?: L | undefined },
	): DatasetPrediction & MeaningOf<L>;
	predict(
		data: Sequences<K> | SequenceSet<K>,
		options: { readonly batchSize?: number | undefined; readonly loss?: AnyLoss | undefined } = {},
	): Prediction | DatasetPrediction {
		const where = "Model.predict";
		checkKeys(where, options, ["batchSize", "loss"]);
		const { batchSize } = options;
		const loss = options.loss === undefined ? undefined : lossOf(where, options.loss);
		if (loss !== undefined) checkOutputs(where, loss, this.#runtime.network.output.size);
		const size = checkSize(where, "batchSize", batchSize ?? 256);
		if (isSet(data)) return predictAll(where, this.#runtime, data, { batchSize: size, loss });
		if (batchSize !== undefined)
			throw new OptionError(`${where}: "batchSize" is of a dataset, but sequences are one batch. Leave it out.`);
		const fields = fieldsOf(where, data);
		const feed = this.#runtime.feed(where, PREDICT, fields);
		this.#runtime.run(feed, ["forward"]);
		const { outputs, shape } = this.#outputs(feed);
		const meaning = loss?.meaning(outputs, shape.at(-1) as number) ?? {};
		return {
			...{ outputs, shape, finalState: readStates(feed.job, feed.packing, this.#runtime.engine.f32) },
			...(shape.length > 2 ? withoutPadding(meaning, feed.shape) : meaning),
		};
	}

	#outputs(feed: Feed): Pick<Prediction, "outputs" | "shape"> {
		const { axis, size } = feed.job.program.output;
		const { batchSize, steps } = feed.shape;
		const shape = axis.perStep ? [batchSize, steps, size] : [batchSize, size];
		const outputs = outputArray(shape);
		const each = axis.perStep ? steps : 1;
		copyOutputs(this.#runtime.engine.f32, feed, outputs, (row, t) => row * each + t);
		return { outputs, shape };
	}

	/** Begins a sequence that is given one step at a time.
	 * @throws OptionError If a layer needs whole sequences (bidirectional). */
	stream(): Stream<K> {
		return new Stream<K>(this.#runtime);
	}

	/** Sets all parameters to those of another model, whose layers have parameters of the same names and shapes; a slow copy that follows
	 * a model, or one that keeps its best.
	 * @throws ShapeError `Model.copyFrom: 1.weight_hh is [16, 4] here, but [32, 8] there. …` Then nothing has changed. */
	copyFrom(other: Model<K>): void {
		const where = "Model.copyFrom";
		if (runtimeOf(other as Model) === undefined)
			throw new OptionError(`${where}: it takes a Model, got ${show(other)}.`);
		const names = new Set([...this.parameters.keys(), ...other.parameters.keys()]);
		for (const name of names) {
			const [here, there] = [this, other].map(({ parameters }) => {
				const shape = parameters.get(name)?.shape;
				return shape === undefined ? "missing" : `[${shape.join(", ")}]`;
			});
			if (here === there) continue;
			throw new ShapeError(`${where}: ${name} is ${here} here, but ${there} there. Give a model of the same layers.`);
		}
		for (const [name, parameter] of this.parameters) parameter.write(other.parameters.get(name)?.read() ?? []);
	}

	/** The model as a safetensors file: its layers in the metadata, its parameters by name.
	 * @throws DataError `Model.save: 1.bias[3] is NaN, so the file could not be loaded. …` */
	save(): Bytes {
		const tensors = [...this.parameters.values()].map((parameter) => ({
			name: parameter.name,
			shape: parameter.shape,
			data: parameter.read(),
		}));
		for (const { name, data } of tensors) {
			const wrong = data.findIndex((value) => !Number.isFinite(value));
			if (wrong < 0) continue;
			throw new DataError(
				`Model.save: ${name}[${wrong}] is ${data[wrong]}, so the file could not be loaded. The last updates were too large: go back to an earlier file and lower learningRate.`,
			);
		}
		return writeModel(this.layers, tensors);
	}

	/** A table to print: each layer with its output and how many parameters it has. */
	summary(): string {
		return summary(this.#runtime);
	}

	/** The kernel calls of a prediction, an evaluation or a training step, each with its operations and bytes. */
	explain(options?: ExplainOptions): Explanation {
		return explain(this.#runtime, options);
	}
}

const PREDICT = { kind: "predict" } as const;

const runtimes = new WeakMap<Model, Runtime>();

/** @internal The runtime of a model. */
export function runtimeOf(model: Model): Runtime {
	return runtimes.get(model) as Runtime;
}

/** Whether data are drawn as batches. */
function isSet<K extends Kind>(data: Sequences<K> | SequenceSet<K>): data is SequenceSet<K> {
	return typeof data === "object" && data !== null && "batches" in data && typeof data.batches === "function";
}
