// Compiles assembly/ to the binaries of asconfig.json, once more with the functions that only tests export, and writes two
// modules of the package: the binaries that ship, and the table of their kernels.
import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import InlineLanes from "./inline-lanes.mjs";
import KernelTable from "./kernel-table.mjs";

const TESTED = "test/kernels/assembly/index.ts";

const builds = [
	["--target", "portable"],
	["--target", "fast"],
	["--target", "checked-portable"],
	["--target", "checked-fast"],
	[TESTED, "--target", "portable", "--outFile", "build/test-portable.wasm"],
	[TESTED, "--target", "fast", "--outFile", "build/test-fast.wasm"],
];

for (const options of builds) {
	const { error, stderr } = await asc.main(options, {
		transforms: [new KernelTable(), new InlineLanes()],
	});
	if (error) {
		process.stderr.write(`${stderr}\n${error.message}\n`);
		process.exit(1);
	}
}

/** Characters of a piece. The two binaries have most bytes in common, and gzip looks back 32 KB for them: so they take turns, and
 * are written in hexadecimal, where the same bytes are the same characters wherever they begin. */
const PIECE = 8192;
const [portable, fast] = ["portable", "fast"].map((name) => readFileSync(`build/${name}.wasm`).toString("hex"));
const pieces = [];
for (let at = 0; at < Math.max(portable.length, fast.length); at += PIECE)
	pieces.push(portable.slice(at, at + PIECE), fast.slice(at, at + PIECE));
writeFileSync(
	"src/engine/binaries.ts",
	`// Made by scripts/build-engine.mjs: pieces of the portable engine and of the fast one in turns.
export const pieces = [
${pieces.map((piece) => `\t"${piece}",\n`).join("")}];
`,
);

const table = KernelTable.kernels.map(([name, kernel]) => `\t${name}: ${JSON.stringify(kernel)},\n`).join("");
writeFileSync(
	"src/engine/table.ts",
	`// Made by scripts/build-engine.mjs from the signatures and docstrings of assembly/.
export const table = {
${table}} as const;
`,
);
