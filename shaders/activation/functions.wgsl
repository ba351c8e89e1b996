// Pointwise nonlinearities and their derivatives. KIND: 0 relu, 1 gelu_tanh, 2 gelu, 3 quick_gelu, 4 silu,
// 5 bound·tanh(x/bound). gelu_tanh, quick_gelu and silu are x·σ(g(x)); ½(1 + tanh u) = σ(2u).
#include "common/sigmoid.wgsl"
override KIND: u32 = 0u;

const SQRT_2_OVER_PI = 0.7978845608028654;

// tanh of a large argument is not a number on some drivers; beyond 15 it is 1 in f32.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}

// erf to about 1 ulp: an odd polynomial near 0, 1 − exp(polynomial) further out.
fn erf(x: f32) -> f32 {
  let t = min(abs(x), 4.0);
  let s = t * t;
  if (t > 0.927734375) {
    var r = fma(fma(-1.72853470e-5, t, 3.83197126e-4), s, fma(-3.88396438e-3, t, 2.42546219e-2));
    r = fma(r, t, -1.06777877e-1);
    r = fma(r, t, -6.34846687e-1);
    r = fma(r, t, -1.28717512e-1);
    r = fma(r, t, -t);
    return sign(x) * (1.0 - exp(r));
  }
  var r = fma(-5.96761703e-4, s, 4.99119423e-3);
  r = fma(r, s, -2.67681349e-2);
  r = fma(r, s, 1.12819925e-1);
  r = fma(r, s, -3.76125336e-1);
  r = fma(r, s, 1.28379166e-1);
  return fma(r, x, x);
}

// g of the kinds that are x·σ(g(x)). Beyond ±10 σ is 0 or 1 already, and x³ cannot overflow.
fn gate_argument(x: f32) -> f32 {
  if (KIND == 1u) {
    let z = clamp(x, -10.0, 10.0);
    return 2.0 * SQRT_2_OVER_PI * (z + 0.044715 * z * z * z);
  }
  return select(x, 1.702 * x, KIND == 3u);
}

fn gate_slope(x: f32) -> f32 {
  if (KIND == 1u) {
    let z = clamp(x, -10.0, 10.0);
    return 2.0 * SQRT_2_OVER_PI * (1.0 + 3.0 * 0.044715 * z * z);
  }
  return select(1.0, 1.702, KIND == 3u);
}

fn activate(x: f32, bound: f32) -> f32 {
  if (KIND == 0u) { return max(x, 0.0); }
  if (KIND == 2u) { return 0.5 * x * (1.0 + erf(x * 0.7071067811865476)); }
  if (KIND == 5u) { return bound * safe_tanh(x / bound); }
  return x * sigmoid(gate_argument(x));
}

fn activation_slope(x: f32, bound: f32) -> f32 {
  if (KIND == 0u) { return select(0.0, 1.0, x > 0.0); }
  if (KIND == 2u) {
    let density = 0.3989422804014327 * exp(-0.5 * min(x * x, 160.0));
    return 0.5 * (1.0 + erf(x * 0.7071067811865476)) + clamp(x, -20.0, 20.0) * density;
  }
  if (KIND == 5u) {
    let t = safe_tanh(x / bound);
    return 1.0 - t * t;
  }
  let s = sigmoid(gate_argument(x));
  return s + x * (s * (1.0 - s)) * gate_slope(x);
}
