// Random layers that fit each other, and everything a program may be written for.

import fc from "fast-check";
import { parameterClips } from "../../src/compile/clips.ts";
import type { Purpose } from "../../src/compile/program.ts";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	activationRegularization,
	bidirectional,
	dense,
	dropout,
	embedding,
	gru,
	indRnn,
	type Layer,
	Lion,
	lastStep,
	layerNorm,
	lstm,
	type Merge,
	minGru,
	minLstm,
	NAdam,
	RAdam,
	type RecurrentLayer,
	RMSprop,
	residual,
	rnn,
	SGD,
	sLstm,
} from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";
import { headsOf } from "../reference/everyCell.ts";

/** Of inputs: ids below, or features. */
export const WIDTH = 7;

const size = fc.integer({ min: 1, max: 9 });
const makers = [
	rnn,
	(options: { hiddenSize: number }) => rnn({ ...options, activation: "relu" }),
	lstm,
	gru,
	(options: { hiddenSize: number }) => gru({ ...options, reset: "before" }),
	(options: { hiddenSize: number }) => lstm({ ...options, weightDropout: 0.4 }),
	(options: { hiddenSize: number }) => gru({ ...options, reset: "before", weightDropout: 0.3 }),
	(options: { hiddenSize: number }) => lstm({ ...options, layerNorm: true, peepholes: true }),
	(options: { hiddenSize: number }) => gru({ ...options, layerNorm: true }),
	(options: { hiddenSize: number }) => gru({ ...options, layerNorm: true, reset: "before" }),
	indRnn,
	minGru,
	minLstm,
	sLstm,
	(options: { hiddenSize: number }) => sLstm({ ...options, heads: headsOf(options.hiddenSize) }),
];
const cellsOf = (more: object) =>
	fc.tuple(fc.constantFrom(...makers), size).map(([make, hiddenSize]) => make({ ...more, hiddenSize }));
const linear = fc.oneof(
	size.map((outputSize) => dense({ outputSize })),
	size.map(() => layerNorm()),
	size.map((tenths) => dropout({ rate: tenths / 10 })),
	size.map((activation) => activationRegularization({ activation })),
);
const both = (cell: fc.Arbitrary<RecurrentLayer>) =>
	fc
		.tuple(cell, fc.constantFrom<Merge>("concat", "sum", "average"))
		.map(([layer, merge]) => bidirectional(layer, { merge }));
const changing = size.map((change) => activationRegularization({ activation: change % 2, change }));
const perStep = fc.oneof(cellsOf({}), linear, changing, both(cellsOf({})));
const first = fc.oneof(
	size.map((embeddingSize) => embedding({ vocabSize: WIDTH, embeddingSize })),
	size.map((embeddingSize) => embedding({ vocabSize: WIDTH, embeddingSize, dropout: embeddingSize / 10 })),
	size.map((outputSize) => dense({ inputSize: WIDTH, outputSize })),
	fc.constant(layerNorm({ inputSize: WIDTH })),
	cellsOf({ inputSize: WIDTH }),
	both(cellsOf({ inputSize: WIDTH })),
);

/** Layers inside a residual, of a size of its own. */
const inside = size.chain((width) =>
	fc
		.tuple(cellsOf({}), fc.boolean(), fc.constantFrom<Merge | undefined>(undefined, "concat", "average"))
		.map(([cell, norm, merge]): Layer[] => [
			dense({ outputSize: width }),
			residual([
				...(norm ? [layerNorm()] : []),
				merge ? bidirectional(cell, { merge }) : cell,
				residual([layerNorm()]),
				dense({ outputSize: width }),
			]),
		]),
);

export const stacks: fc.Arbitrary<readonly Layer[]> = fc
	.tuple(
		first,
		fc.array(
			fc.oneof(
				perStep.map((layer) => [layer]),
				inside,
			),
			{ maxLength: 3 },
		),
		fc.boolean(),
		fc.array(linear, { maxLength: 2 }),
		fc.boolean(),
	)
	.map(([input, before, last, after, tied]): readonly Layer[] => [
		input,
		...before.flat(),
		...(last ? [lastStep(), ...after] : []),
		...("embeddingSize" in input && tied
			? [dense({ outputSize: input.embeddingSize }), dense({ tied: "embedding" })]
			: []),
	]);

const rules = fc.constantFrom(
	...[new Adam(), new AdamW(), new SGD(), new SGD({ momentum: 0.5 }), new RMSprop(), new NAdam(), new RAdam()],
	...[new Adamax(), new Adagrad(), new Adadelta(), new ASGD(), new Lion()],
);
const losses = fc.constantFrom("crossEntropy" as const, "meanSquaredError" as const);
export const purposes: fc.Arbitrary<Purpose> = fc.oneof(
	fc.constantFrom<Purpose>({ kind: "predict" }, { kind: "stream" }),
	losses.map((name): Purpose => ({ kind: "evaluate", loss: lossOf("test", name) })),
	fc
		.tuple(losses, rules, fc.subarray([...parameterClips]))
		.map(([name, update, clips]): Purpose => ({ kind: "train", loss: lossOf("test", name), rule: update, clips })),
);
