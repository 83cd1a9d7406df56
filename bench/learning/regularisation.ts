// What keeps a character model from learning a short text by heart: the first 200,000 characters of Moby Dick.
import { readFileSync } from "node:fs";
import {
	Adam,
	activationRegularization,
	dense,
	dropout,
	embedding,
	type Layer,
	type LstmOptions,
	lstm,
	Model,
	TextData,
	Trainer,
} from "bptt";
import type { Experiment, Network, Outcome } from "./experiment.ts";

interface Regularised extends Outcome {
	/** Bits per character on the validation part after each epoch. */
	readonly validation: readonly number[];
	/** Bits per character on the training part, as trained, in each epoch. */
	readonly training: readonly number[];
}

const TEXT = new URL("../../examples/character-model/moby-dick.txt", import.meta.url);
const CHARACTERS = 200_000;
/** Of these the last tenth is the validation part. */
const PARTS = [0.9, 0.1] as const;
const EPOCHS = 16;
const ROWS = 16;
const STEPS = 32;
const HIDDEN = 256;

/** Each with the rates of its paper. */
const REMEDIES: Readonly<Record<string, Remedy>> = {
	none: {},
	"dropout 0.5 (Zaremba)": { after: () => [dropout({ rate: 0.5 })] },
	"weightDropout 0.5 (Merity)": { cell: { weightDropout: 0.5 } },
	"dropout and weightDropout": { cell: { weightDropout: 0.5 }, after: () => [dropout({ rate: 0.5 })] },
	"zoneout h 0.05, c 0.5 (Krueger)": { cell: { zoneout: { h: 0.05, c: 0.5 } } },
	"recurrentDropout 0.25 (Gal)": { cell: { recurrentDropout: 0.25 } },
	"activationRegularization 2, 1 (Merity)": { after: () => [activationRegularization({ activation: 2, change: 1 })] },
	"dropout 0.5, shared over steps (Gal)": { after: () => [dropout({ rate: 0.5, shared: "steps" })] },
	"dropout and zoneout": { cell: { zoneout: { h: 0.05, c: 0.5 } }, after: () => [dropout({ rate: 0.5 })] },
	// Chosen by what the others had given.
	"recurrentDropout 0.25 and dropout 0.25, shared": {
		cell: { recurrentDropout: 0.25 },
		after: () => [dropout({ rate: 0.25, shared: "steps" })],
	},
	"recurrentDropout 0.25 and activationRegularization": {
		cell: { recurrentDropout: 0.25 },
		after: () => [activationRegularization({ activation: 2, change: 1 })],
	},
};

interface Remedy {
	/** Options of the lstm. */
	readonly cell?: Omit<LstmOptions, "hiddenSize">;
	/** Layers between the lstm and the output. */
	readonly after?: () => readonly Layer[];
}

export function regularisation(): Experiment<Regularised> {
	const [train, valid] = TextData.from(readFileSync(TEXT, "utf8").slice(0, CHARACTERS)).split(PARTS);
	const stream = train.streams({ rows: ROWS, steps: STEPS });
	const updates = Array.from(stream.batches({ batchSize: ROWS })).length;
	const networks = Object.fromEntries(
		Object.entries(REMEDIES).map(([name, remedy]): [string, Network] => [
			name,
			networkOf(remedy, train.vocabSize, updates),
		]),
	);
	return {
		title: `Character LSTM of ${HIDDEN} units on ${CHARACTERS.toLocaleString("en")} characters: validation bits, ${EPOCHS} epochs each`,
		paper: "each remedy helps on data of its own, as its authors report; none of them used this text",
		networks,
		async run(name, seed, limit = EPOCHS * updates) {
			const { layers, training } = networks[name] as Network;
			const model = (await Model.create(layers, { seed })) as Model<"ids">;
			const trainer = new Trainer(model, { ...training, loss: "crossEntropy", seed });
			const began = performance.now();
			const bits = { validation: [] as number[], training: [] as number[] };
			const isGoing = () => trainer.updateCount < limit;
			while (isGoing()) {
				// The last update of an epoch ends it anyway: told to stop there, fit would not count it.
				const onStep = () => isGoing() || trainer.updateCount % updates === 0;
				const [epoch] = await trainer.fit(stream, { onStep });
				bits.training.push(bitsOf(epoch?.loss));
				bits.validation.push(bitsOf(trainer.evaluate(valid.windows({ steps: 2000 })).loss));
			}
			const seconds = (performance.now() - began) / 1000;
			const { updateCount } = trainer;
			return { network: name, seed, updates: updateCount, sequences: updateCount * ROWS, seconds, ...bits };
		},
		figure(outcomes) {
			const list = (of: (outcome: Regularised) => number) =>
				outcomes.map((outcome) => of(outcome).toFixed(3)).join(", ");
			const last = list(({ validation }) => validation.at(-1) as number);
			const trained = list(({ training }) => training.at(-1) ?? Number.NaN);
			return `validation, best ${list(({ validation }) => Math.min(...validation))}; at the end ${last}; training at the end ${trained} bits`;
		},
		chart(outcomes) {
			const names = [...new Set(outcomes.map(({ network }) => network))];
			return {
				title: "Validation bits per character, mean of the seeds",
				x: { name: "epochs", least: 1, most: EPOCHS },
				y: { name: "bits per character", least: 2.2, most: 2.9 },
				lines: names.map((name) => ({ name, points: meanOf(outcomes.filter(({ network }) => network === name)) })),
			};
		},
	};
}

const bitsOf = (loss = Number.NaN) => Number((loss / Math.LN2).toFixed(4));

function networkOf({ cell, after }: Remedy, vocabSize: number, updates: number): Network {
	const layers = [
		embedding({ vocabSize, embeddingSize: 64 }),
		lstm({ hiddenSize: HIDDEN, ...cell }),
		...(after?.() ?? []),
		dense({ outputSize: vocabSize }),
	];
	return { layers, training: { optimizer: new Adam({ learningRate: 0.004 }), clipNorm: 1 }, most: EPOCHS * updates };
}

function meanOf(outcomes: readonly Regularised[]): [number, number][] {
	const epochs = Math.min(...outcomes.map(({ validation }) => validation.length));
	return Array.from({ length: epochs }, (_, epoch) => {
		const sum = outcomes.reduce((total, { validation }) => total + (validation[epoch] as number), 0);
		return [epoch + 1, sum / outcomes.length];
	});
}
