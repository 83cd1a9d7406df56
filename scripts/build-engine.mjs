// Compiles assembly/ to the binaries of asconfig.json, once more with the functions that only tests export, and writes two
// modules of the package: the binaries that ship, and the table of their kernels.
import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { alignFunctions } from "./align-functions.mjs";
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

const base64 = (name) => Buffer.from(alignFunctions(readFileSync(`build/${name}.wasm`))).toString("base64");
writeFileSync(
	"src/engine/binaries.ts",
	`// Made by scripts/build-engine.mjs.
export const binaries = {
	portable: "${base64("portable")}",
	fast: "${base64("fast")}",
};
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
