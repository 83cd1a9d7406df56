// Read by both compilers: how the engine cuts products into blocks, and so how much scratch they need.

/** Depth of a block: 256 x 8 floats of B stay in the first-level cache. A longer sum is a sum of such blocks' sums. */
export const DEPTH = 256;

/** Rows of a block: a multiple of every tall tile, so that edges come only once. */
export const ROWS = 60;

/** Vectors of four whose squares are one sum; the norm of a gradient is a sum of such sums. */
export const NORM_BLOCK = 1024;
