/**
 * The kernels' exports. Addresses are bytes in the module's memory; nothing here allocates: the caller owns what lies above heapBase.
 * The module's own data never changes, so several threads may run it in one memory, each with scratch of its own.
 */

export { gatherBf16, matMulBf16, matVecBf16 } from './bf16';
export { matMulFp8, matVecFp8 } from './fp8';
export { addSmallFp4, matMulFp4, matVecFp4, panelFp4, quantizeFp4 } from './fp4';
export { matMulFp4Tensor, matVecFp4Tensor, panelFp4Tensor, quantizeFp4Tensor } from './fp4-tensor';
export { quantize } from './integer';
export { addBias, addTo, gate, rmsNorm, rotate } from './elementwise';
export { attend, remember } from './attention';
export { attendBlocks, rememberBlocks } from './block-attention';

/** First address not used by the module itself. */
export function heapBase(): usize {
  return __heap_base;
}
