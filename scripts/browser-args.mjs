/** @file What Chromium is started with to compute and show pictures without a GPU. */

/** SwiftShader for WebGPU and for the canvas: the one combination that both computes and shows pictures. */
export const SOFTWARE = [
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  // Handing a frame to the screen through SwiftShader takes 125 ms of the thread that computes; drawn by the processor, 14.
  '--disable-gpu-compositing',
];

/** On any machine: WebGPU in a browser without a window. */
export const HEADLESS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
