import { type Layer, type LayerType, typeIn } from "../layer.ts";
import { gruType } from "./gru.ts";
import { indRnnType } from "./indRnn.ts";
import { lstmType } from "./lstm.ts";
import { minGruType } from "./minGru.ts";
import { minLstmType } from "./minLstm.ts";
import { rnnType } from "./rnn.ts";
import { sLstmType } from "./sLstm.ts";

/** The layers that walk over time, and so can walk backwards: `bidirectional` takes any of them. */
export const cells = {
	rnn: rnnType,
	lstm: lstmType,
	gru: gruType,
	indRnn: indRnnType,
	minGru: minGruType,
	minLstm: minLstmType,
	sLstm: sLstmType,
};

/** A layer that walks over time, and so can walk backwards. */
export type RecurrentLayer = ReturnType<(typeof cells)[keyof typeof cells]["from"]>;

/** The type of a recurrent layer; undefined for anything else. */
export function cellType(layer: Layer | undefined): LayerType | undefined {
	return typeIn(cells, layer);
}
