#include "common/row-by-workgroup.wgsl"
#include "layer-norm/backward.wgsl"
