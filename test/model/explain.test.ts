// Does a model tell what it does: plain data, whose sums are the sums of its parts?
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { kernelCuts } from "../../src/engine/kernels.ts";
import { dense, embedding, gru, lstm, Model, rnn, SGD, Trainer } from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";

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
		["train", training],
	])("%s: calls are plain data of known kernels, and their sums agree", (_, explanation) => {
		const { calls, operations } = explanation;
		expect(JSON.parse(JSON.stringify(calls))).toEqual(calls);
		for (const call of calls) {
			expect(Object.keys(kernelCuts)).toContain(call.kernel);
			expect(call.cut).toBe(kernelCuts[call.kernel]);
			expect(call.layer).toMatch(/^(\d+\.\w+|loss)$/);
			expect(call.equation).not.toBe("");
			expect(call.bytes).toBeGreaterThan(0);
			expect(call.operations).toBeGreaterThanOrEqual(0);
		}
		const sum = calls.reduce((all, call) => all + call.operations, 0);
		expect(operations).toBe(sum);
	});

	it("counts the operations of products", () => {
		const operations = (layer: string) =>
			forward.calls.filter((call) => call.layer === layer).reduce((all, call) => all + call.operations, 0);
		expect(operations("0.embedding")).toBe(0);
		const gates = product(4 * 128, 32) + product(4 * 128, 128);
		expect(operations("1.lstm")).toBe(gates);
		expect(operations("2.dense")).toBe(product(64, 128));
		const backward = training.operations - forward.operations;
		const loss = training.calls.find((call) => call.layer === "loss");
		const scattered = training.calls.find(({ kernel }) => kernel === "embeddingBackward");
		expect(scattered?.operations).toBe(16 * 64 * 32);
		const products = backward - (loss?.operations ?? 0) - (scattered?.operations ?? 0);
		expect(products).toBe(2 * forward.operations);
	});

	it("prints a table with a line for each call", () => {
		const lines = `${training}`.split("\n");
		expect(lines.length).toBe(training.calls.length + 2);
		for (const [index, call] of training.calls.entries()) {
			const { kernel, shapes, equation } = call;
			expect(lines[index + 1]).toContain(kernel);
			expect(lines[index + 1]).toContain(shapes);
			expect(lines[index + 1]).toContain(equation);
		}
		expect(lines.at(-1)).toBe(
			`${training.operations.toLocaleString("en-US")} operations; workspace ${training.workspaceBytes.toLocaleString("en-US")} bytes`,
		);
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
		expect(inspect(trainer).split("\n").length).toBeLessThan(20);
	});
});
