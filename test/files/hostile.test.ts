// Whatever a file says, is it refused with a short sentence, and at most twice its size in memory?
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

/** Of the longest files. */
const FILE_BYTES = 60_000_000;

interface Report {
	readonly kind: string;
	readonly error: string;
	/** Bytes by which the process had grown. */
	readonly grown: number;
}

let reports: readonly Report[];

beforeAll(async () => {
	const options = ["--expose-gc", "--import", "tsx", "test/files/hostile.ts"];
	const { stdout } = await promisify(execFile)(process.execPath, options);
	reports = stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
});

const LONG = "a".repeat(40);

describe("Model.load", () => {
	it.each([
		["many keys", 'tensor "0" must be described by an object, got 0.'],
		["many objects of one key", 'tensor "a" must be described by an object, got an array of 12000.'],
		["many tensors", 'the file has no "bptt" in its metadata, so its layers are not known. Save it with Model.save.'],
		["many layers", "the file must have at most 1000 layers, got 12000."],
		["nested lists", "the header must be nested at most 16 deep, got more."],
		["nested objects", "the header must be nested at most 16 deep, got more."],
		["empty lists", "the header must hold at most 100000 values, got more."],
		["empty objects", "the header must hold at most 100000 values, got more."],
		["tensors of one name", "the header must hold at most 100000 values, got more."],
		["sizes of a tensor", "the header must hold at most 100000 values, got more."],
		["a name", `tensor "${LONG}…" must be described by an object, got 0.`],
		["a name in two scripts", `tensor "Ж${LONG.slice(1)}…" must be described by an object, got 0.`],
		["a name of escapes", `tensor "${"Ж".repeat(40)}…" must be described by an object, got 0.`],
		["a dtype", `tensor "a" must have dtype "F32", got "${"F".repeat(40)}…". No other is read here.`],
		["a string without an end", "the header must be JSON."],
		["nested layers", "the file's layers must be nested at most 16 deep, got more."],
		["layers", "the file's layers must hold at most 100000 values, got more."],
	])("%s", (kind, sentence) => {
		const error = reports.find((report) => report.kind === kind)?.error;
		expect(error).toBe(`FormatError: Model.load: ${sentence}`);
	});

	it("any of them six times as long", () => {
		const long = reports.filter(({ kind }) => kind.endsWith("six times as long"));
		expect(new Set(long.map(({ error }) => error))).toEqual(
			new Set([
				"FormatError: Model.load: the header must have at most 10000000 bytes, got 59999992. This is no safetensors file, or none that is read here.",
			]),
		);
	});

	it("all of them in the memory of two", () => {
		expect(reports.filter(({ grown }) => grown > 2 * FILE_BYTES)).toEqual([]);
	});
});
