#include "common/row-by-workgroup.wgsl"
#include "modulated-norm/backward.wgsl"
