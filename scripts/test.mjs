// What `npm test` does after the build: lint, types, and the tests, once more on a Node.js that runs the fast engine where
// the installed one does not. Ends with a line that sums up.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { newerNode, runsFast } from "./newer-node.mjs";

let failed = 0;
let passed = 0;

function run(title, command, args) {
	console.log(`\n${title}`);
	const { status } = spawnSync(command, args, { stdio: "inherit" });
	return status === 0;
}

function check(title, command, args) {
	if (run(title, command, args)) passed++;
	else failed++;
}

function tests(title, node) {
	const report = "build/tests.json";
	rmSync(report, { force: true });
	const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
	const ok = run(title, node, ["node_modules/vitest/vitest.mjs", "run", ...reporters]);
	try {
		const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
		passed += numPassedTests;
		failed += numFailedTests || (ok ? 0 : Math.max(1, numFailedTestSuites));
	} catch {
		failed++;
	}
}

check("Lint and format", process.execPath, ["node_modules/@biomejs/biome/bin/biome", "ci", "."]);
check("Types", process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit"]);
tests(`Tests on Node ${process.version}`, process.execPath);
if (!runsFast()) {
	const node = newerNode();
	if (node) tests("Tests on a Node.js with relaxed SIMD", node);
	else console.log("No Node.js with relaxed SIMD for this machine: the fast engine was not tested.");
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
