// Compiles bench/assembly as scripts/build-engine.mjs compiles the engine: build/bench-portable.wasm, build/bench-fast.wasm.
import asc from "assemblyscript/asc";
import InlineLanes from "../scripts/inline-lanes.mjs";

for (const target of ["portable", "fast"]) {
	const { error, stderr } = await asc.main(
		["bench/assembly/index.ts", "--target", target, "--outFile", `build/bench-${target}.wasm`],
		{ transforms: [new InlineLanes()] },
	);
	if (error) throw new Error(`${stderr}\n${error.message}`);
}
