// Twenty updates of a model with every layer, on fixed data: the same everywhere, to the bit, on the portable engine. As a
// program it prints the checksums.
import { createHash } from "node:crypto";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import type { EngineName } from "../../src/engine/engine.ts";
import {
	Adam,
	activationRegularization,
	bidirectional,
	dense,
	dropout,
	embedding,
	gru,
	indRnn,
	type Layer,
	lastStep,
	layerNorm,
	lstm,
	Model,
	minGru,
	minLstm,
	rnn,
	sLstm,
	Trainer,
} from "../../src/index.ts";

/** Networks that between them have every cell, and what is drawn in training. */
export const networks = {
	cells: [
		embedding({ vocabSize: 11, embeddingSize: 6 }),
		lstm({ hiddenSize: 17 }),
		bidirectional(gru({ hiddenSize: 9 })),
		gru({ hiddenSize: 7, reset: "before" }),
		rnn({ hiddenSize: 10 }),
		rnn({ hiddenSize: 13, activation: "relu" }),
		indRnn({ hiddenSize: 9 }),
		minGru({ hiddenSize: 11 }),
		minLstm({ hiddenSize: 14 }),
		lastStep(),
		dense({ outputSize: 5 }),
	],
	regularised: [
		embedding({ vocabSize: 11, embeddingSize: 6, dropout: 0.1 }),
		sLstm({ hiddenSize: 12, heads: 2 }),
		lstm({ hiddenSize: 9, projectionSize: 6, peepholes: true, zoneout: { h: 0.1, c: 0.2 }, weightDropout: 0.2 }),
		dropout({ rate: 0.2 }),
		bidirectional(gru({ hiddenSize: 7, recurrentDropout: 0.3, inputDropout: 0.1 }), { merge: "sum" }),
		activationRegularization({ activation: 1, change: 1 }),
		layerNorm(),
		lastStep(),
		dense({ outputSize: 5 }),
	],
} satisfies Record<string, readonly Layer[]>;

/** The SHA-256 of the losses and of the parameters after them. */
export async function trainedChecksum(
	engine: EngineName,
	{ seed = 1, network = "cells" }: { seed?: number; network?: keyof typeof networks } = {},
): Promise<string> {
	const model = (await Model.create(networks[network] as readonly Layer[], { seed, engine })) as Model<"ids">;
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new Adam({ learningRate: 0.01, weightDecay: 0.001 }),
		clipNorm: 0.5,
	});
	const hash = createHash("sha256");
	for (let step = 0; step < 20; step++) {
		const inputs = Array.from({ length: 13 }, (_, row) =>
			Array.from({ length: 1 + ((row * 7 + step) % 19) }, (_, t) => (row * 3 + t * t + step) % 11),
		);
		const targets = inputs.map((row) => row.length % 5);
		const weights = inputs.map((_, row) => 0.5 + row / 8);
		const loss = trainer.step({ inputs, targets, weights });
		hash.update(new Uint8Array(Float64Array.of(loss).buffer));
	}
	for (const parameter of model.parameters.values()) hash.update(new Uint8Array(parameter.read().buffer));
	return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(argv[1] ?? "").href)
	for (const network of Object.keys(networks) as (keyof typeof networks)[])
		console.log(await trainedChecksum("portable", { network }));
