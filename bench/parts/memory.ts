// Bytes that training keeps for each step, row and hidden unit, against what the equations need.
import type { Part } from "../lib/part.ts";
import { columns } from "../lib/print.ts";
import { type CellName, cells, shapeFrom } from "../lib/shapes.ts";
import { taskOf } from "../lib/task.ts";

/** Floats that the gradient needs of every unit and step: the gates, overwritten by their gradients; the states. */
const NEEDED: Readonly<Record<CellName, string[]>> = {
	lstm: ["i", "f", "g", "o", "c", "h"],
	gru: ["r", "z", "n", "Un·h + b", "h"],
	rnn: ["h", "dz"],
};

const part: Part = {
	async measure({ engine }) {
		const shape = shapeFrom("32x50x64x128");
		const figures = [];
		for (const cell of cells) {
			const { model } = await taskOf(cell, shape, engine);
			const bytes = (steps: number) => model.explain({ batchSize: 32, steps, loss: "crossEntropy" }).workspaceBytes;
			const perStep = (bytes(1050) - bytes(50)) / 1000;
			const { batchSize, inputSize, hiddenSize } = shape;
			const input = 4 * batchSize * inputSize;
			const perUnit = (perStep - input) / (batchSize * hiddenSize);
			const needed = 4 * NEEDED[cell].length;
			figures.push({ cell, perUnit, needed });
		}
		console.log(`${engine}: bytes for each step, row and hidden unit`);
		console.log(
			columns([
				["cell", "kept", "needed", "ratio", "what is needed"],
				...figures.map(({ cell, perUnit, needed }) => [
					cell,
					perUnit.toFixed(2),
					String(needed),
					(perUnit / needed).toFixed(2),
					NEEDED[cell].join(", "),
				]),
			]),
		);
		return figures;
	},
};
export default part;
