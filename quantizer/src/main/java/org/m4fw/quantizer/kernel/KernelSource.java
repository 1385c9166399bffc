package org.m4fw.quantizer.kernel;

/** Says which kernel to use for the next piece of work. */
interface KernelSource {
  Kernel forWork(long elements);
}
