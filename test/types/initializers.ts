// Which initializers must not compile, and which must: by the layer's own parameters, each with what it takes. Checked by
// tsc, never run.
import {
	bidirectional,
	chrono,
	constant,
	dense,
	embedding,
	type GruOptions,
	glorot,
	gru,
	he,
	identity,
	indRnn,
	lstm,
	type MatrixInitializer,
	minGru,
	minLstm,
	normal,
	orthogonal,
	rnn,
	sLstm,
	uniform,
} from "../../src/index.ts";

const longest = { longest: 400 };
lstm({ hiddenSize: 3, initializers: { weight_ih: glorot(), weight_hh: orthogonal(), bias: chrono(longest) } });
gru({
	hiddenSize: 3,
	initializers: { weight_hh: orthogonal({ gain: 2 }), bias: chrono(longest), bias_hn: constant(0) },
});
gru({ hiddenSize: 3, reset: "after", initializers: { bias_hn: uniform(1) } });
gru({ hiddenSize: 3, reset: "before", initializers: { weight_ih: he(), bias: chrono(longest) } });
rnn({ hiddenSize: 3, activation: "relu", initializers: { weight_hh: identity({ scale: 0.5 }), bias: normal(1) } });
indRnn({ hiddenSize: 3, initializers: { weight_ih: he(), weight_hh: constant(1), bias: constant(0) } });
minGru({ hiddenSize: 3, initializers: { weight_ih: glorot(), bias: chrono(longest), initial_h: normal(1) } });
bidirectional(minLstm({ hiddenSize: 3, initializers: { bias: chrono(longest) } }));
sLstm({
	hiddenSize: 4,
	heads: 2,
	initializers: { weight_hh: orthogonal(), bias: chrono(longest), initial_c: normal(1) },
});
dense({ outputSize: 3, initializers: { weight: glorot(), bias: constant(0) } });
embedding({ vocabSize: 3, embeddingSize: 2, initializers: { weight: normal(0.1) } });
bidirectional(gru({ hiddenSize: 3, initializers: { bias_hn: undefined, bias: chrono(longest) } }));
lstm({ hiddenSize: 3, initializers: { bias: (start, [size], random) => start.fill(random.uniform(-size, size)) } });
lstm({ hiddenSize: 3, initializers: undefined });
const weights: MatrixInitializer[] = [orthogonal(), uniform(1), { type: "identity", scale: 1 }, () => {}];
dense({ outputSize: 3, initializers: { weight: weights[0] } });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { wieght_hh: orthogonal() } });
// @ts-expect-error
lstm({ hiddenSize: 3, initialisers: {} });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { bias_hn: constant(0) } });
// @ts-expect-error
gru({ hiddenSize: 3, reset: "before", initializers: { bias_hn: constant(0) } });
// @ts-expect-error
gru({ hiddenSize: 3, initializers: { bias_hh: constant(0) } });
// @ts-expect-error
dense({ outputSize: 3, initializers: { weight_ih: glorot() } });
// @ts-expect-error
embedding({ vocabSize: 3, embeddingSize: 2, initializers: { bias: constant(0) } });
// @ts-expect-error a vector is no matrix
indRnn({ hiddenSize: 3, initializers: { weight_hh: orthogonal() } });
// @ts-expect-error it has no gates
indRnn({ hiddenSize: 3, initializers: { bias: chrono(longest) } });
// @ts-expect-error of an sLstm h and c are learned
sLstm({ hiddenSize: 4, initialState: "learned", initializers: { initial_n: constant(1) } });
// @ts-expect-error it has no such weights
minGru({ hiddenSize: 3, initializers: { weight_hh: orthogonal() } });
// @ts-expect-error a vector has no fans
lstm({ hiddenSize: 3, initializers: { bias: glorot() } });
// @ts-expect-error
dense({ outputSize: 3, initializers: { bias: orthogonal() } });
// @ts-expect-error only the gates' bias
lstm({ hiddenSize: 3, initializers: { weight_hh: chrono(longest) } });
// @ts-expect-error
gru({ hiddenSize: 3, initializers: { bias_hn: chrono(longest) } });
// @ts-expect-error
rnn({ hiddenSize: 3, initializers: { bias: chrono(longest) } });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { weight_hh: "orthogonal" } });
// @ts-expect-error a gru has no cell
gru({ hiddenSize: 3, layerNorm: true, initializers: { norm_c: constant(1) } });
// @ts-expect-error a vector has no fans
lstm({ hiddenSize: 3, layerNorm: true, initializers: { norm_hh: glorot() } });
// @ts-expect-error not called
lstm({ hiddenSize: 3, initializers: { weight_hh: orthogonal } });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { weight_hh: glorot } });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { bias: constant } });
// @ts-expect-error
lstm({ hiddenSize: 3, initializers: { bias: chrono } });
// @ts-expect-error
orthogonal({ gian: 1 });
// @ts-expect-error
orthogonal(2);
// @ts-expect-error
glorot({ gain: 2 });
// @ts-expect-error
chrono({});
// @ts-expect-error
uniform({ bound: 1 });

const options: GruOptions = { hiddenSize: 3, initializers: { bias_hn: constant(0) } };
gru(options);
const reset: "after" | "before" = Math.random() < 0.5 ? "after" : "before";
gru({ hiddenSize: 3, reset, initializers: { weight_hh: orthogonal() } });
