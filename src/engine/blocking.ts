// How the engine cuts products and sums into blocks, and so how much scratch they need. The one file that both compilers read.

/** Depth of a block: 256 x 8 floats of B stay in the first-level cache. A longer sum is a sum of such blocks' sums. */
export const DEPTH = 256;

/** Rows of a block: a multiple of the tallest tiles (4, 5 and 6 rows), so that only the last block has smaller ones. */
export const ROWS = 60;

/** Vectors of four whose squares are one sum; the norm of a gradient is a sum of such sums. */
export const NORM_BLOCK = 1024;
