// Models of every kind of input and output, and what a call on one of them says.
import { expect } from "vitest";
import { Adam, dense, embedding, gru, type Layer, type LossName, lastStep, Model, Trainer } from "../../src/index.ts";
import { valuesOf } from "../models.ts";

/** As a program without types would use them. */
// biome-ignore lint/suspicious/noExplicitAny: hostile programs have no types
export type Loose = any;

export interface Subject {
	readonly model: Loose;
	readonly trainer: Loose;
}

async function create(layers: readonly Layer[], loss: LossName): Promise<Subject> {
	const model = await Model.create(layers, { seed: 1, engine: "portable" });
	return { model, trainer: new Trainer(model, { loss, optimizer: new Adam() }) };
}

const ids = embedding({ vocabSize: 5, embeddingSize: 3 });
const outputs = dense({ outputSize: 3 });

/** Reads ids below 5, says one of 3 classes at each step. */
export const tagger = () => create([ids, gru({ hiddenSize: 4 }), outputs], "crossEntropy");

/** Reads ids below 5, says one of 3 classes for each row. */
export const classifier = () => create([ids, gru({ hiddenSize: 4 }), lastStep(), outputs], "crossEntropy");

/** Reads 2 features, says 2 values at each step. */
export const filter = () =>
	create([gru({ inputSize: 2, hiddenSize: 4 }), dense({ outputSize: 2 })], "meanSquaredError");

/** Reads 2 features, says 2 values for each row. */
export const regressor = () =>
	create([gru({ inputSize: 2, hiddenSize: 4 }), lastStep(), dense({ outputSize: 2 })], "meanSquaredError");

/** That a call fails with a sentence of this class, and changes nothing. */
export async function expectSentence(
	{ model, trainer }: Subject,
	call: () => unknown,
	Class: new (message: string) => Error,
	sentence: string,
): Promise<void> {
	const { updateCount } = trainer;
	const values = valuesOf(model);
	const error = await errorOf(call);
	expect(error.message).toBe(sentence);
	expect(error).toBeInstanceOf(Class);
	expect(trainer.updateCount).toBe(updateCount);
	expect(valuesOf(model)).toEqual(values);
}

export async function errorOf(call: () => unknown): Promise<Error> {
	try {
		await call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("nothing was thrown");
}
