// Does a model tell what it does: plain data, whose sums are the sums of its parts?
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { kernels } from "../../src/engine/kernels.ts";
import {
	Adadelta,
	Adagrad,
	Adamax,
	AdamW,
	ASGD,
	dense,
	embedding,
	gru,
	Lion,
	lstm,
	Model,
	NAdam,
	RAdam,
	RMSprop,
	rnn,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { PHASES } from "../../src/plan/program.ts";

const model = await Model.create(
	[embedding({ vocabSize: 64, embeddingSize: 32 }), lstm({ hiddenSize: 128 }), dense({ outputSize: 64 })],
	{ engine: "portable" },
);
const batch = { batchSize: 16, steps: 64 };
/** Of a product over all steps: a multiplication and an addition for each weight. */
const product = (rows: number, columns: number) => 2 * batch.batchSize * batch.steps * rows * columns;

describe("explain", () => {
	const forward = model.explain(batch);
	const training = model.explain({ ...batch, loss: "crossEntropy" });

	it.each([
		["predict", forward],
		["stream", model.explain({ ...batch, purpose: "stream" })],
		["evaluate", model.explain({ ...batch, purpose: "evaluate", loss: "meanSquaredError" })],
		["train", training],
	])("%s: calls are plain data of known kernels, and their sums agree", (_, explanation) => {
		const { calls, operations } = explanation;
		expect(JSON.parse(JSON.stringify(calls))).toEqual(calls);
		for (const call of calls) {
			expect(Object.keys(kernels)).toContain(call.kernel);
			expect(call.cut).toBe(kernels[call.kernel].cut ?? "whole");
			expect(call.layer).toMatch(/^(\d+\.\w+|loss|gradients|clipping|optimizer|states)$/);
			expect(call.equation).not.toBe("");
			expect(call.bytes).toBeGreaterThan(0);
			expect(call.operations).toBeGreaterThanOrEqual(0);
		}
		const sum = calls.reduce((all, call) => all + call.operations, 0);
		expect(operations).toBe(sum);
	});

	it("tells the phases of each purpose, in order", () => {
		const phasesOf = (options: Parameters<typeof model.explain>[0]) => {
			const phases = model.explain({ ...batch, ...options }).calls.map(({ phase }) => phase);
			expect(phases).toEqual(PHASES.flatMap((phase) => phases.filter((other) => other === phase)));
			return [...new Set(phases)];
		};
		expect(phasesOf({ purpose: "predict" })).toEqual(["pack", "forward"]);
		expect(phasesOf({ purpose: "stream" })).toEqual(["pack", "forward"]);
		expect(phasesOf({ purpose: "evaluate" })).toEqual(["pack", "forward"]);
		expect(phasesOf({ purpose: "train" })).toEqual(PHASES.filter((phase) => phase !== "draw"));
	});

	it("is of predict, or with a loss of train, unless told otherwise", () => {
		expect(model.explain({ ...batch, purpose: "predict" }).calls).toEqual(forward.calls);
		expect(model.explain({ ...batch, purpose: "train" }).calls).toEqual(training.calls);
		expect(model.explain({ ...batch, purpose: "train", loss: "crossEntropy" }).calls).toEqual(training.calls);
		const evaluated = model.explain({ ...batch, purpose: "evaluate" }).calls;
		expect(evaluated.map(({ kernel }) => kernel)).toContain("crossEntropy");
		expect(evaluated.filter(({ layer }) => layer !== "loss")).toEqual(forward.calls);
		const streamed = model.explain({ ...batch, purpose: "stream" }).calls;
		expect(streamed.filter(({ layer }) => layer !== "states")).toEqual(forward.calls);
		expect(streamed.slice(forward.calls.length).map(({ equation }) => equation)).toEqual([
			"1.h carried",
			"1.c carried",
		]);
	});

	it.each([
		["sgd", new SGD({ momentum: 0.9 }), 6],
		["rmsprop", new RMSprop(), 10],
		["adam", new AdamW(), 14],
		["nadam", new NAdam(), 17],
		["radam", new RAdam(), 14],
		["adamax", new Adamax(), 10],
		["adagrad", new Adagrad(), 9],
		["adadelta", new Adadelta(), 18],
		["asgd", new ASGD(), 9],
		["lion", new Lion(), 9],
	] as const)("tells the update of %s", (kernel, optimizer, perParameter) => {
		const { calls } = model.explain({ ...batch, purpose: "train", optimizer });
		const updates = calls.filter(({ phase }) => phase === "update");
		expect(updates.map((call) => call.kernel)).toEqual([kernel]);
		expect(updates[0]?.operations).toBe(92_736 * perParameter);
		expect(calls.filter(({ phase }) => phase !== "update")).toEqual(
			training.calls.filter(({ phase }) => phase !== "update"),
		);
	});

	it("counts the operations of products", () => {
		const sum = (calls: typeof forward.calls) => calls.reduce((all, call) => all + call.operations, 0);
		const operations = (layer: string) => sum(forward.calls.filter((call) => call.layer === layer));
		expect(operations("0.embedding")).toBe(0);
		const gates = product(4 * 128, 32) + product(4 * 128, 128);
		expect(operations("1.lstm")).toBe(gates);
		expect(operations("2.dense")).toBe(product(64, 128));
		const trained = sum(training.calls.filter(({ phase }) => phase === "forward"));
		const losses = training.calls.filter((call) => call.layer === "loss");
		expect(losses.map((call) => [call.kernel, call.operations])).toEqual([
			["crossEntropy", 16 * 64 * 64 * 5],
			["sumLosses", 16 * 64],
		]);
		expect(trained - sum(losses)).toBe(forward.operations);
		const backward = training.calls.filter(({ phase }) => phase === "backward");
		const scattered = backward.find(({ kernel }) => kernel === "embeddingBackward");
		expect(scattered?.operations).toBe(16 * 64 * 32);
		expect(sum(backward) - (scattered?.operations ?? 0)).toBe(2 * forward.operations);
		const squares = training.calls.find(({ kernel }) => kernel === "squareSums");
		expect(squares?.operations).toBe(2 * 92_736);
	});

	it("prints a table with a line for each call", () => {
		const lines = `${training}`.split("\n");
		expect(lines.length).toBe(training.calls.length + 3);
		for (const [index, call] of training.calls.entries()) {
			const { kernel, shapes, equation } = call;
			expect(lines[index + 1]).toContain(kernel);
			expect(lines[index + 1]).toContain(shapes);
			expect(lines[index + 1]).toContain(equation);
		}
		expect(lines.at(-2)).toBe(
			`${training.operations.toLocaleString("en-US")} operations; workspace ${training.workspaceBytes.toLocaleString("en-US")} bytes`,
		);
		expect(lines.at(-1)).toBe("kept: everything; 0 more operations");
	});

	it("grows with the batch and costs no memory, however large", async () => {
		const { engine } = runtimeOf(model as Model);
		const before = engine.byteLength;
		const larger = model.explain({ batchSize: 32, steps: 64 });
		expect(larger.operations).toBe(2 * forward.operations);
		expect(larger.workspaceBytes).toBeGreaterThan(forward.workspaceBytes);
		const huge = model.explain({ batchSize: 2 ** 30, steps: 2 ** 20 });
		expect(huge.operations).toBe(2 ** 40 * forward.operations);
		expect(engine.byteLength).toBe(before);
	});

	it("says how much a training step's workspace takes", async () => {
		const small = await Model.create([gru({ inputSize: 3, hiddenSize: 5 }), rnn({ hiddenSize: 2 })], {
			engine: "portable",
		});
		const size = { batchSize: 64, steps: 200 };
		const { workspaceBytes } = small.explain({
			...size,
			loss: "meanSquaredError",
		});
		const trainer = new Trainer(small, {
			loss: "meanSquaredError",
			optimizer: new SGD(),
		});
		trainer.step({
			...size,
			inputs: new Float32Array(64 * 200 * 3),
			targets: new Float32Array(64 * 200 * 2),
		});
		const { byteLength } = runtimeOf(small as Model).engine;
		expect(byteLength).toBeGreaterThanOrEqual(workspaceBytes);
		expect(byteLength).toBeLessThan(workspaceBytes + 3 * 65536);
	});
});

describe("summary", () => {
	it("is a table of layers, outputs and parameters", () => {
		expect(model.summary()).toBe(
			[
				"layer        output               parameters",
				"0.embedding  [batch, steps, 32]        2,048",
				"1.lstm       [batch, steps, 128]      82,432",
				"2.dense      [batch, steps, 64]        8,256",
				"92,736 parameters; engine portable; takes ids 0 to 63",
			].join("\n"),
		);
	});
});

describe("console.log", () => {
	const brief = "Model (0.embedding → 1.lstm → 2.dense; 92,736 parameters; engine portable; takes ids 0 to 63)";

	it("says in a line what a model is, wherever it stands", () => {
		expect(inspect(model)).toBe(brief);
		expect(inspect([{ model }], { breakLength: Infinity })).toBe(`[ { model: ${brief} } ]`);
		expect(Object.keys(model)).toEqual(["layers", "parameters"]);
	});

	it("says of what model a stream is, and what a parameter and a trainer are", () => {
		expect(inspect(model.stream())).toBe(`Stream of ${brief}`);
		expect(inspect(model.parameters.get("1.bias"))).toBe("Parameter { name: '1.bias', shape: [ 512 ], size: 512 }");
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new SGD({ learningRate: 0.1 }) });
		expect(inspect(trainer)).toMatch(/^Trainer {\n {2}loss: 'crossEntropy',\n {2}optimizer: SGD {/);
		expect(inspect(trainer).split("\n").length).toBeLessThanOrEqual(20);
	});
});
