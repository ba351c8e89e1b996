// Strided copy in fours: sizes, strides and offsets count groups of four numbers.
alias Element = vec4<f32>;
#include "copy/body.wgsl"
