// Reads hostile files of every kind, all in one process, and prints for each what was said, and by how much memory had
// grown by then: for hostile.test.ts.
import { Buffer } from "node:buffer";
import { Model } from "../../src/index.ts";

const FILE_BYTES = 60_000_000;
const LARGEST_HEADER = 10_000_000;
/** Of objects in a list, below what a header may hold. */
const MANY = 12_000;

const room = Buffer.alloc(FILE_BYTES, 1);

/** A file of nothing but a header: a beginning, as many units as there is room for, an end. */
function flood(size: number, begin: string, unit: string, end: string): Buffer {
	const file = room.subarray(0, 8 + size);
	file.fill(0).writeUInt32LE(size);
	const first = 8 + file.write(begin, 8);
	const last = 8 + size - Buffer.byteLength(end);
	const count = Math.floor((last - first) / Buffer.byteLength(unit));
	file.fill(0x20, first, last).fill(unit, first, first + count * Buffer.byteLength(unit));
	file.write(end, last);
	return file;
}

const LAYERS = '{"__metadata__":{"bptt":"{\\"version\\":1,\\"layers\\":';
const LAYER = '{\\"type\\":\\"dense\\",\\"inputSize\\":1,\\"outputSize\\":1}';

const floods: Record<string, readonly [begin: string, unit: string, end: string]> = {
	"nested lists": ['{"a":', "[", ""],
	"nested objects": ["", '{"a":', ""],
	"empty lists": ['{"a":[', "[],", "0]}"],
	"empty objects": ['{"a":[', "{},", "0]}"],
	"tensors of one name": ["{", '"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},', '"b":0}'],
	"sizes of a tensor": ['{"a":{"dtype":"F32","data_offsets":[0,0],"shape":[', "0,", "0]}}"],
	"a name": ['{"', "a", '":0}'],
	"a name in two scripts": ['{"Ж', "a", '":0}'],
	"a name of escapes": ['{"', "\\u0416", '":0}'],
	"a dtype": ['{"a":{"dtype":"', "F", '"}}'],
	"a string without an end": ['{"a', "\\", ""],
	"nested layers": [LAYERS, "[", '"}}'],
	layers: [`${LAYERS}[`, `${LAYER},`, '0]}"}}'],
};

const list = (unit: (i: number) => string) => Array.from({ length: MANY }, (_, i) => unit(i)).join();

const crowds: Record<string, string> = {
	keys: `{${list((i) => `"${i}":0,"a${i}":0,"b${i}":0`)}}`,
	"objects of one key": `{"a":[${list((i) => `{"a${i}":{}}`)}]}`,
	tensors: `{${list((i) => `"a${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)}}`,
	layers: `${LAYERS}[${list(() => LAYER)}]}"}}`,
};

async function report(kind: string, file: Buffer): Promise<void> {
	const error = await Model.load(file).then(
		() => new Error("it was loaded"),
		(reason: Error) => reason,
	);
	const grown = 1024 * process.resourceUsage().maxRSS - before;
	console.log(JSON.stringify({ kind, error: `${error}`, grown }));
	globalThis.gc?.();
}

const before = process.memoryUsage().rss;
for (const [kind, header] of Object.entries(crowds))
	await report(`many ${kind}`, flood(header.length, header, " ", ""));
for (const [kind, parts] of Object.entries(floods)) {
	await report(kind, flood(LARGEST_HEADER, ...parts));
	await report(`${kind}, six times as long`, flood(FILE_BYTES - 8, ...parts));
}
