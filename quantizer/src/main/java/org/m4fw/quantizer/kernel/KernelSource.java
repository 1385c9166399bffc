package org.m4fw.quantizer.kernel;

/** Says which kernel to use for the next so many elements. */
interface KernelSource {
  Kernel forWork(long elements, KernelUse use);
}
