// Does a trainer come back from a file with its loss, options and all?

import { expect, it } from "vitest";
import {
	type AnyLoss,
	crossEntropy,
	dense,
	FormatError,
	huber,
	lstm,
	Model,
	OptionError,
	type OwnLoss,
	quantile,
	SGD,
	Trainer,
} from "../../src/index.ts";

const inputs = [[[1], [2]], [[3]]];
const values = { inputs, targets: [[[1], [2]], [[0]]] } as never;
const ids = { inputs, targets: [[0, 1], [1]] } as never;

async function trainerOf(loss: AnyLoss) {
	const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 3 }), dense({ outputSize: 2 })], { seed: 1 });
	return new Trainer(model, { loss, optimizer: new SGD({ learningRate: 0.1 }) }) as unknown as Trainer;
}

it.each([
	["gaussian", values],
	[quantile({ levels: [0.2, 0.7] }), values],
	[crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 3] }), ids],
] as [AnyLoss, never][])("%#", async (loss, batch) => {
	const trainer = await trainerOf(loss);
	trainer.step(batch);
	const again = (await Trainer.load(trainer.save())) as unknown as Trainer;
	for (let update = 0; update < 3; update++) expect(again.step(batch)).toBe(trainer.step(batch));
});

it("a loss of one's own is given again", async () => {
	const own: OwnLoss = {
		...{ name: "own", outputs: 2 },
		loss(outputs, targets, gradient) {
			gradient[0] = 1;
			return (outputs[0] as number) - (targets[0] as number);
		},
	};
	const trainer = await trainerOf(own);
	trainer.step(values);
	const bytes = trainer.save();
	await expect(Trainer.load(bytes)).rejects.toThrow(OptionError);
	await expect(Trainer.load(bytes)).rejects.toThrow(
		"Trainer.load: the loss is one of yours, which no file can hold. Give it again: { loss }.",
	);
	const again = (await Trainer.load(bytes, { loss: own })) as unknown as Trainer;
	expect(again.step(values)).toBe(trainer.step(values));
});

it.each([
	['"delta":2', '"delta":0', 'the file\'s loss is wrong. huber: "delta" must be a finite number above 0, got 0.'],
	['"huber"', '"hubar"', 'the file\'s loss is wrong: there is none of the name "hubar".'],
])("%s for %s in the file", async (from, to, message) => {
	const bytes = (await trainerOf(huber({ delta: 2 }))).save();
	const text = Buffer.from(bytes).toString("latin1").replaceAll(from.replaceAll('"', '\\"'), to.replaceAll('"', '\\"'));
	const broken = new Uint8Array(Buffer.from(text, "latin1"));
	await expect(Trainer.load(broken)).rejects.toThrow(FormatError);
	await expect(Trainer.load(broken)).rejects.toThrow(message);
});
