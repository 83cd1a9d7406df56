// Compiles assembly/ to the binaries of asconfig.json.
import asc from "assemblyscript/asc";
import InlineLanes from "./inline-lanes.mjs";

for (const target of ["portable", "fast", "checked-portable", "checked-fast"]) {
	const { error, stderr } = await asc.main(["--target", target], {
		transforms: [new InlineLanes()],
	});
	if (error) {
		process.stderr.write(`${stderr}\n${error.message}\n`);
		process.exit(1);
	}
}
