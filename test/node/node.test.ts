import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dense, gru, Model, readSafetensors, SGD, Trainer, writeSafetensors } from "../../src/index.ts";
import { Checkpoints, progressBar, writeFileWhole } from "../../src/node/index.ts";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "bptt-node-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (value: number) => writeSafetensors([{ name: "a", shape: [1], data: Float32Array.of(value) }]);
const saved = (value: number) => ({ save: () => fileOf(value) });
const numberIn = (bytes: Uint8Array | undefined) => readSafetensors(bytes as Uint8Array).tensors.get("a")?.data[0];

describe("Checkpoints", () => {
	it("writes numbered files, keeps the newest, and reads the last", async () => {
		const files = new Checkpoints(join(folder, "runs", "first"), { keep: 2 });
		expect(await files.newest()).toBeUndefined();
		for (const value of [7, 8, 9]) await files.save(saved(value));
		expect(readdirSync(files.folder)).toEqual(["checkpoint-000002.safetensors", "checkpoint-000003.safetensors"]);
		expect(numberIn(await files.newest())).toBe(9);
		const path = await new Checkpoints(files.folder).save(saved(10));
		expect(path.endsWith("checkpoint-000004.safetensors")).toBe(true);
	});

	it("reads the newest that is whole, and says what is wrong where none is", async () => {
		const files = new Checkpoints(folder);
		for (const value of [1, 2]) await files.save(saved(value));
		const path = join(folder, "checkpoint-000002.safetensors");
		writeFileSync(path, fileOf(2).subarray(0, 20));
		expect(numberIn(await files.newest())).toBe(1);
		writeFileSync(join(folder, "checkpoint-000001.safetensors"), "no file");
		await expect(files.newest()).rejects.toThrow(`${path}: `);
	});

	it("saves that overlap are written one after the other, each as it was when it was asked for", async () => {
		const files = new Checkpoints(folder, { keep: 9 });
		let value = 1;
		const changing = { save: () => Uint8Array.of(value++) };
		const paths = await Promise.all([files.save(changing), files.save(changing), files.save(changing)]);
		expect(paths.map((path) => readFileSync(path)[0])).toEqual([1, 2, 3]);
	});

	it("takes away what a killed run left half written, and nothing else", async () => {
		writeFileSync(join(folder, "checkpoint-000001.safetensors.77.partial"), "x");
		writeFileSync(join(folder, "notes.partial"), "x");
		const files = new Checkpoints(folder);
		await files.save(saved(1));
		expect(readdirSync(folder)).toEqual(["checkpoint-000001.safetensors", "notes.partial"]);
	});

	it("a save that fails says so, and the next one works", async () => {
		const path = join(folder, "file");
		writeFileSync(path, "in the way");
		const files = new Checkpoints(path);
		await expect(files.save(saved(1))).rejects.toThrow(/EEXIST|ENOTDIR/);
		rmSync(path);
		await files.save(saved(2));
		expect(numberIn(await files.newest())).toBe(2);
	});

	it("bad options are sentences", () => {
		expect(() => new Checkpoints(folder, { keep: 0 })).toThrow(
			'Checkpoints: "keep" must be a positive integer, got 0.',
		);
		expect(() => new Checkpoints(7 as never)).toThrow("Checkpoints: it takes the path of a folder, got 7.");
	});
});

describe("writeFileWhole", () => {
	it("leaves the old file where the new one can't be written", async () => {
		const path = join(folder, "a");
		await writeFileWhole(path, Uint8Array.of(1));
		await writeFileWhole(path, Uint8Array.of(2));
		expect([...readFileSync(path)]).toEqual([2]);
		await expect(writeFileWhole(join(folder, "none", "a"), Uint8Array.of(3))).rejects.toThrow("ENOENT");
		await expect(writeFileWhole(folder, Uint8Array.of(3))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
		expect(readdirSync(folder)).toEqual(["a"]);
	});
});

describe("progressBar", () => {
	const trainer = { optimizer: { learningRate: 0.002 } };
	const report = (epoch: number, batch: number) => ({ epoch, batch, loss: 1.23456, gradientNorm: 1, isSkipped: false });

	const terminal = () => {
		const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200 });
		let text = "";
		stream.on("data", (chunk) => {
			text += chunk;
		});
		return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
	};

	it("shows epoch, loss, rate and the time left", async () => {
		const { stream, text } = terminal();
		const bar = progressBar(trainer, { epochs: 2, stream });
		bar.onStep(report(1, 1));
		bar.onStep(report(1, 2));
		bar.onEpoch({ epoch: 1, loss: 1 });
		bar.onStep(report(2, 1));
		await new Promise((resolve) => setTimeout(resolve, 150));
		bar.stop();
		expect(text()).toContain("epoch 2/2");
		expect(text()).toContain("loss 1.235 | rate 0.00200 | ");
		expect(text()).toMatch(/\d s left/);
	});

	it("is spread into the options of fit", async () => {
		const { stream, text } = terminal();
		const model = await Model.create([gru({ inputSize: 1, hiddenSize: 2 }), dense({ outputSize: 1 })]);
		const own = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD() });
		const data = { inputs: [[[1], [2]]], targets: [[[1], [2]]] };
		for (const bar of [progressBar(own, { epochs: 2, stream }), progressBar(own, { epochs: 2 })]) {
			await own.fit(data, { epochs: 2, ...bar });
			bar.stop();
		}
		expect(text()).toContain("epoch 2/2");
	});

	it("is quiet where there is no terminal", () => {
		const stream = new PassThrough();
		const bar = progressBar(trainer, { minutes: 1, stream: stream as unknown as NodeJS.WriteStream });
		bar.onStep(report(1, 1));
		bar.stop();
		expect(stream.read()).toBeNull();
	});

	it("bad options are sentences", () => {
		expect(() => progressBar(trainer, { epochs: 0 })).toThrow(
			'progressBar: "epochs" must be a positive integer, got 0.',
		);
		expect(() => progressBar(trainer, { minutes: -1 })).toThrow('progressBar: "minutes" must be');
	});
});
