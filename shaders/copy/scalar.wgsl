// Strided copy of single numbers.
alias Element = f32;
#include "copy/body.wgsl"
