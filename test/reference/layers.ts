import type { Activation } from "./rnn.ts";

/** Layers as plain data, with the options of the package's own layer functions. */
export type CellLayer = (
	| {
			readonly type: "rnn";
			readonly hiddenSize: number;
			readonly activation: Activation;
	  }
	| {
			readonly type: "lstm";
			readonly hiddenSize: number;
			readonly peepholes?: true;
			readonly coupledGates?: true;
			readonly gateActivation?: "hardSigmoid";
			readonly layerNorm?: true;
			readonly projectionSize?: number;
	  }
	| {
			readonly type: "gru";
			readonly hiddenSize: number;
			readonly reset: "after" | "before";
			readonly gateActivation?: "hardSigmoid";
			readonly layerNorm?: true;
	  }
	| {
			readonly type: "indRnn";
			readonly hiddenSize: number;
			readonly activation: Activation;
	  }
	| { readonly type: "minGru"; readonly hiddenSize: number }
	| { readonly type: "minLstm"; readonly hiddenSize: number }
	| { readonly type: "sLstm"; readonly hiddenSize: number; readonly heads: number }
) & { readonly weightDropout?: number };

export type Layer =
	| {
			readonly type: "embedding";
			readonly vocabSize: number;
			readonly embeddingSize: number;
			readonly dropout?: number;
	  }
	| CellLayer
	| { readonly type: "bidirectional"; readonly layer: CellLayer; readonly merge?: "sum" | "average" }
	| { readonly type: "lastStep" }
	| { readonly type: "layerNorm" }
	| { readonly type: "dropout"; readonly rate: number; readonly shared?: "steps" }
	| { readonly type: "activationRegularization"; readonly activation: number; readonly change: number }
	| { readonly type: "residual"; readonly layers: readonly Inner[] }
	/** Tied, its weight is that of the embedding, the first layer. */
	| { readonly type: "dense"; readonly outputSize: number; readonly tied?: "embedding" };

/** What a residual may hold. */
export type Inner = Exclude<Layer, { readonly type: "embedding" | "lastStep" }>;

export interface ParameterShape {
	readonly name: string;
	readonly shape: readonly number[];
}

/** Every parameter in the model's order. `inputSize` is the number of features of the inputs; a model that begins with
 * an embedding has none. */
export function parameterShapes(layers: readonly Layer[], inputSize = 0, prefix = ""): ParameterShape[] {
	const shapes: ParameterShape[] = [];
	let width = inputSize;
	layers.forEach((layer, index) => {
		shapes.push(...layerShapes(layer, width, `${prefix}${index}.`));
		width = outputWidth(layer, width);
	});
	return shapes;
}

/** Rows of a cell's weights, over H. */
const GATES = { rnn: 1, lstm: 4, gru: 3, indRnn: 1, minGru: 2, minLstm: 3, sLstm: 4 };

/** How wide a cell's h is. */
export function widthOf(cell: CellLayer): number {
	return cell.type === "lstm" ? (cell.projectionSize ?? cell.hiddenSize) : cell.hiddenSize;
}

export function isCell(layer: Layer): layer is CellLayer {
	return layer.type in GATES;
}

function outputWidth(layer: Layer, width: number): number {
	if (isCell(layer)) return widthOf(layer);
	switch (layer.type) {
		case "embedding":
			return layer.embeddingSize;
		case "bidirectional":
			return (layer.merge === undefined ? 2 : 1) * widthOf(layer.layer);
		case "lastStep":
		case "layerNorm":
		case "dropout":
		case "activationRegularization":
		case "residual":
			return width;
		case "dense":
			return layer.outputSize;
	}
}

function layerShapes(layer: Layer, width: number, prefix: string): ParameterShape[] {
	if (isCell(layer)) return cellShapes(layer, width, prefix);
	switch (layer.type) {
		case "embedding":
			return [
				{
					name: `${prefix}weight`,
					shape: [layer.vocabSize, layer.embeddingSize],
				},
			];
		case "bidirectional":
			return [
				...cellShapes(layer.layer, width, `${prefix}forward.`),
				...cellShapes(layer.layer, width, `${prefix}backward.`),
			];
		case "lastStep":
		case "dropout":
		case "activationRegularization":
			return [];
		case "residual":
			return parameterShapes(layer.layers, width, prefix);
		case "layerNorm":
			return [
				{ name: `${prefix}weight`, shape: [width] },
				{ name: `${prefix}bias`, shape: [width] },
			];
		case "dense":
			return [
				...(layer.tied ? [] : [{ name: `${prefix}weight`, shape: [layer.outputSize, width] }]),
				{ name: `${prefix}bias`, shape: [layer.outputSize] },
			];
	}
}

function cellShapes(cell: CellLayer, I: number, prefix: string): ParameterShape[] {
	const H = cell.hiddenSize;
	const rows = (cell.type === "lstm" && cell.coupledGates ? 3 : GATES[cell.type]) * H;
	const isResetAfter = cell.type === "gru" && cell.reset === "after";
	return [
		{ name: `${prefix}weight_ih`, shape: [rows, I] },
		...recurrentShapes(cell, rows).map((shape) => ({ name: `${prefix}weight_hh`, shape })),
		{ name: `${prefix}bias`, shape: [rows] },
		...(isResetAfter ? [{ name: `${prefix}bias_hn`, shape: [H] }] : []),
		...(cell.type === "lstm" && cell.peepholes ? [{ name: `${prefix}peephole`, shape: [rows - H] }] : []),
		...(widthOf(cell) === H ? [] : [{ name: `${prefix}weight_hr`, shape: [widthOf(cell), H] }]),
		...normShapes(cell, rows).map(([name, size]) => ({ name: `${prefix}${name}`, shape: [size] })),
	];
}

/** The gains and shifts of a cell's layer norms, if it has any. */
function normShapes(cell: CellLayer, rows: number): [string, number][] {
	if (!("layerNorm" in cell)) return [];
	const products: [string, number][] = [
		["norm_ih", rows],
		["norm_hh", rows],
	];
	if (cell.type === "gru") return products;
	return [...products, ["norm_c", cell.hiddenSize], ["norm_c_bias", cell.hiddenSize]];
}

/** The shape of the weights of the state before, if a cell has any. */
function recurrentShapes(cell: CellLayer, rows: number): number[][] {
	const { type, hiddenSize } = cell;
	if (type === "minGru" || type === "minLstm") return [];
	if (type === "sLstm") return [[rows, hiddenSize / cell.heads]];
	return type === "indRnn" ? [[hiddenSize]] : [[rows, widthOf(cell)]];
}
