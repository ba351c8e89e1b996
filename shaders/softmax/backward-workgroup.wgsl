#include "common/row-by-workgroup.wgsl"
#include "softmax/backward.wgsl"
