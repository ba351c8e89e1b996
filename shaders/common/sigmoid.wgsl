// The argument is clamped so that exp stays finite: WGSL does not promise infinities.
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}
